import type { ApiProblem } from "../../api/client";
import { messageOf } from "../../api/messages";
import type { FrameOutlines } from "../../geometry/frameOutlines";
import { createStore, type Store } from "../../store/store";
import type { Change, EditorDocument, Operation } from "../document";
import { type Choice, decision, withoutConflict } from "./conflicts";
import { documentOf, type Facts, factsAfter, factsOf } from "./facts";
import type { Entry } from "./journal";
import { PendingLog } from "./pendingLog";
import { reopened } from "./rebaseQueue";
import { type EditAnswer, isPassing, numbersGiven, operationOf, type Standing } from "./service";
import { pauseMs, type Saving, type SessionParts, type SessionState } from "./state";
import { effectOf, type Step } from "./step";
import * as sync from "./sync";
import { deliver, othersStep } from "./transport";

/** One result's document in somebody's hands: each step is applied and written down at once, then sent in its turn; a
 * broken network delays that and loses nothing. */
export class EditorSession {
  readonly state: Store<SessionState>;
  private readonly pendingLog: PendingLog;
  private lastNumber = 0;
  private isBusy = false;
  private isStale = false;
  private isUncertain = false;
  private ownVersion = 0;
  private failures = 0;
  /** Listeners of steps that the service has taken, with its numbers. */
  onNumbers: (numbers: ReadonlyMap<number, number>) => void = () => undefined;
  onSaved: (answer: EditAnswer) => void = () => undefined;

  private constructor(
    private readonly parts: SessionParts,
    frame: FrameOutlines,
    earlier: Standing,
  ) {
    this.state = createStore<SessionState>({
      sync: sync.start(documentOf(frame), frame.version, earlier),
      facts: factsOf(frame),
      saving: { state: "saved" },
    });
    this.pendingLog = new PendingLog(parts.journal, parts.resultId, parts.owner);
  }

  /** Goes on with a result as the service has it, and with what an earlier page left waiting. */
  static async open(parts: SessionParts, frame: FrameOutlines): Promise<EditorSession> {
    const [standing, entries] = await Promise.all([
      parts.service.standing(parts.resultId),
      parts.journal.load(parts.resultId, parts.owner, await parts.alive()),
    ]);
    const session = new EditorSession(parts, frame, standing);
    session.adopt(entries);
    void session.pump();
    return session;
  }

  get sync(): SessionState["sync"] {
    return this.state.get().sync;
  }

  get document(): EditorDocument {
    return this.sync.history.document;
  }

  get isIdle(): boolean {
    return this.sync.waiting.length === 0;
  }

  /** A number for a new object, until the service gives it one. */
  newNumber = (): number => {
    this.lastNumber -= 1;
    return this.lastNumber;
  };

  /** Does a step; what changes nothing is none. */
  perform(kind: string, changes: readonly Change[]): void {
    const real = changes.filter(({ before, after }) => before !== after);
    if (real.length === 0) return;
    const operation: Operation = { id: this.parts.newId(), kind, changes: real };
    this.become(sync.perform(this.sync, operation));
    void this.pump();
  }

  undo = () => this.step("undo");
  redo = () => this.step("redo");
  private step(type: "undo" | "redo"): void {
    this.become(sync.step(this.sync, type, this.parts.newId()));
    void this.pump();
  }

  resolve(id: string, choice: Choice): void {
    const conflict = this.sync.conflicts.find((each) => each.id === id);
    if (!conflict) return;
    const operation = decision(this.sync, conflict, choice, this.parts.newId(), this.newNumber);
    const without = withoutConflict(this.sync, id);
    this.become(operation ? sync.perform(without, operation) : without);
    void this.pump();
  }

  /** Somebody changed the result; one's own changes are heard of too. */
  heard(version: number): void {
    if (version <= this.sync.version) return;
    this.isStale = true;
    void this.pump();
  }

  /** Tries again now: the network is back. */
  retry(): void {
    this.failures = 0;
    void this.pump();
  }

  /** A person asks. */
  again(): void {
    this.show({ state: "saving" });
    this.retry();
  }
  private adopt(entries: readonly Entry[]): void {
    let state = this.sync;
    for (const entry of entries) {
      this.pendingLog.know(entry);
      for (const change of entry.step.operation?.changes ?? [])
        this.lastNumber = Math.min(this.lastNumber, change.number);
      if (entry.conflict && entry.step.operation) {
        const { reason, message } = entry.conflict;
        const conflict = { id: entry.id, operation: entry.step.operation, reason, message };
        state = { ...state, conflicts: [...state.conflicts, conflict] };
      } else state = { ...state, waiting: [...state.waiting, entry.step] };
    }
    // a step that was on its way when the page went away has to be known done or not done before anything is compared
    this.isUncertain = entries.some((each) => !each.conflict && each.sent !== null);
    this.set({ sync: reopened(state, this.isUncertain) });
  }

  /** Sends what waits, one after the other; reads again what others changed in between. */
  private async pump(): Promise<void> {
    if (this.isBusy || this.state.get().saving.state === "stopped") return;
    this.isBusy = true;
    try {
      for (;;) {
        const first = this.sync.waiting[0];
        // what may have arrived is sent again before anything is read: only then it is known what is one's own
        if (this.isStale && !(first && this.pendingLog.sent.get(first.id))) await this.refresh();
        const next = this.sync.waiting[0];
        if (!next) break;
        this.show({ state: "saving" });
        await this.send(next);
      }
      this.failures = 0;
      this.show({ state: "saved" });
    } catch (error) {
      this.wait(error);
    } finally {
      this.isBusy = false;
    }
    if (this.state.get().saving.state === "saved" && (!this.isIdle || this.isStale)) void this.pump();
  }

  private async send(step: Step): Promise<void> {
    const sent = this.pendingLog.sent.get(step.id) ?? {
      version: this.sync.version,
      route: sync.routeOf(this.sync, step),
    };
    const effect = effectOf(step);
    if (!this.pendingLog.sent.get(step.id)) {
      const others = await othersStep(this.parts, step);
      if (others) return this.become(sync.withdrawn(this.sync, others));
      await this.pendingLog.send(step, sent);
    }
    let answer: EditAnswer;
    let standing: Standing | null;
    try {
      [answer, standing] = await deliver(this.parts, step, sent);
    } catch (error) {
      if (isPassing(error)) throw error;
      const problem = error as ApiProblem;
      if (problem.status === 401 || problem.status === 403) throw error;
      this.pendingLog.sent.delete(step.id); // it certainly was not done
      this.isUncertain = false;
      if (problem.status === 412) this.isStale = true;
      else this.become(sync.refused(this.sync, messageOf(error)));
      return;
    }
    const numbers = effect ? numbersGiven(effect, answer) : new Map<number, number>();
    const { isUncertain } = this;
    this.isUncertain = false;
    const isComplete = !isUncertain && answer.version === this.sync.version + 1 && answer.is_complete;
    const known =
      step.operation || !isComplete ? null : operationOf(step.id, step.type, answer, this.sync.base);
    if (!isComplete) this.isStale = true;
    if (answer.version <= this.sync.version + 1) this.ownVersion = answer.version;
    const confirmation: sync.Confirmation = {
      version: isComplete ? answer.version : this.sync.version,
      numbers,
      operation: known,
      earlier: standing ?? this.sync.earlier,
      route: sent.route,
      isUncertain,
    };
    this.pendingLog.sent.delete(step.id);
    this.become(sync.confirmed(this.sync, confirmation), factsAfter(this.state.get().facts, answer));
    this.onNumbers(numbers);
    this.onSaved(answer);
  }

  private async refresh(): Promise<void> {
    const { service, resultId } = this.parts;
    const [frame, standing] = await Promise.all([service.outlines(resultId), service.standing(resultId)]);
    this.isStale = false;
    if (frame.version <= this.sync.version && this.sync.waiting.length === 0) return;
    const foreign = frame.version === this.ownVersion ? null : standing;
    const base = documentOf(frame, this.sync.base);
    this.become(sync.refreshed(this.sync, base, frame.version, foreign), factsOf(frame));
  }

  /** Takes over a new state, and writes down what came and went. */
  private become(next: SessionState["sync"], facts?: ReadonlyMap<number, Facts>): void {
    const before = this.sync;
    this.set({ sync: next, ...(facts && { facts }) });
    this.pendingLog.write(before, next).catch((error) => this.wait(error));
  }

  private wait(error: unknown): void {
    const waiting = this.sync.waiting.length;
    if (!isPassing(error)) {
      this.show({ state: "stopped", waiting, message: messageOf(error) });
      return;
    }
    this.show({ state: "offline", waiting });
    this.parts.later(() => void this.pump(), pauseMs(this.failures));
    this.failures += 1;
  }

  private show(saving: Saving): void {
    const now = this.state.get().saving;
    if (JSON.stringify(now) !== JSON.stringify(saving)) this.set({ saving });
  }

  private set(part: Partial<SessionState>): void {
    this.state.set((now) => {
      const next = { ...now, ...part };
      const { saving } = next;
      // what is done while nothing can be sent is counted at once
      return saving.state === "offline" && saving.waiting !== next.sync.waiting.length
        ? { ...next, saving: { ...saving, waiting: next.sync.waiting.length } }
        : next;
    });
  }
}
