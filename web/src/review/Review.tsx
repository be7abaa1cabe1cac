import Alert from "@mui/material/Alert";
import LinearProgress from "@mui/material/LinearProgress";
import MenuItem from "@mui/material/MenuItem";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import Typography from "@mui/material/Typography";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useOutletContext, useSearchParams } from "react-router";
import { type ProjectContext, useSummary } from "../api/projects";
import { useText } from "../i18n/useText";
import { EmptyState } from "../ui/EmptyState";
import { CheckIcon } from "../ui/icons";
import { PageSkeleton } from "../ui/PageSkeleton";
import { ProblemAlert } from "../ui/ProblemAlert";
import { ReviewFrame } from "./ReviewFrame";
import { influenceOf, nameOf, ORDERS, STATES, useReviewQueue, useStartAgain } from "./reviewQueue";

/** One frame after the other, in the order of doubt; hands stay on the keyboard. */
export default function Review() {
  const t = useText();
  const { project } = useOutletContext<ProjectContext>();
  // order, state and place stand in the address: whoever comes back from the editor goes on where they were
  const [address, setAddress] = useSearchParams();
  const order = ORDERS.find((each) => each === address.get("order")) ?? "next";
  const state = STATES.find((each) => each === address.get("state")) ?? "unreviewed";
  const summary = useSummary(project.id);
  const queue = useReviewQueue(project.id, order, state);
  const influence = useQuery({ ...influenceOf(project.id), enabled: order === "influence" });
  const startAgain = useStartAgain(project.id);
  const items = queue.data?.pages.flatMap((page) => page.items) ?? [];
  const at = address.get("at");
  const place = Math.max(
    0,
    items.findIndex((each) => nameOf(each) === at),
  );
  const item = items[place];
  const { hasNextPage, isFetching, fetchNextPage } = queue;
  useEffect(() => {
    if (place >= items.length - 5 && hasNextPage && !isFetching) void fetchNextPage();
  }, [place, items.length, hasNextPage, isFetching, fetchNextPage]);
  function go(to: number) {
    const wanted = items[Math.max(0, to)];
    setAddress({ order, state, ...(wanted && { at: nameOf(wanted) }) }, { replace: true });
    if (!wanted) void startAgain(); // the end: what was left out on the way comes again
  }
  function choose(part: { order?: string; state?: string }) {
    setAddress({ order, state, ...part }, { replace: true });
    void startAgain();
  }
  const counts = summary.data?.by_review_state ?? {};
  const nReviewed = (counts.accepted ?? 0) + (counts.excluded ?? 0);
  const nImages = summary.data?.n_images ?? 0;
  const choice = (
    label: string,
    value: string,
    options: readonly { value: string; title: string }[],
    name: "order" | "state",
  ) => (
    <TextField
      select
      label={label}
      value={value}
      onChange={(event) => choose({ [name]: event.target.value })}
      sx={{ width: { xs: "100%", sm: 220 } }}
    >
      {options.map((each) => (
        <MenuItem key={each.value} value={each.value}>
          {each.title}
        </MenuItem>
      ))}
    </TextField>
  );
  return (
    <Stack spacing={1.5} sx={{ flex: 1, minHeight: 0 }}>
      <Stack direction="row" useFlexGap sx={{ gap: 1.5, flexWrap: "wrap", alignItems: "center" }}>
        {choice(
          t("review.order"),
          order,
          ORDERS.map((each) => ({ value: each, title: t(`review.order_${each}`) })),
          "order",
        )}
        {choice(
          t("review.show"),
          state,
          STATES.map((each) => ({ value: each, title: t(`review.state_${each}`) })),
          "state",
        )}
        {summary.data && (
          <>
            <Typography role="status">
              {t("review.left", { count: summary.data.n_unreviewed_frames })}
            </Typography>
            <LinearProgress
              variant="determinate"
              value={nImages ? (100 * nReviewed) / nImages : 0}
              aria-label={t("review.reviewed")}
              sx={{ flex: "1 1 120px", maxWidth: 320, borderRadius: 1 }}
            />
          </>
        )}
      </Stack>
      {queue.isError && <ProblemAlert error={queue.error} onRetry={() => queue.refetch()} />}
      {order === "influence" && influence.data && influence.data.can_change !== null && (
        <Alert severity={influence.data.can_change ? "info" : "success"}>
          {influence.data.can_change ? t("review.canChange") : t("plate.reviewEnough")}
        </Alert>
      )}
      {queue.isPending && <PageSkeleton />}
      {item ? (
        <ReviewFrame
          projectId={project.id}
          item={item}
          next={items[place + 1]}
          canEdit={project.role !== "viewer"}
          onMove={(step) => go(place + step)}
        />
      ) : (
        queue.isSuccess && (
          <EmptyState
            icon={<CheckIcon />}
            title={t(state === "unreviewed" && nImages > 0 ? "review.allDone" : "review.none")}
          >
            {t("review.explanation")}
          </EmptyState>
        )
      )}
    </Stack>
  );
}
