import type { Measuring } from "../geometry/measures";
import type { EditorAction, PanelId } from "./actions/action";
import { ADJUSTMENTS, type Adjustment } from "./adjust";
import { AdjustPanel } from "./panels/AdjustPanel";
import { ClassPanel } from "./panels/ClassPanel";
import { CopyPanel } from "./panels/CopyPanel";
import { FilterPanel } from "./panels/FilterPanel";
import { Palette } from "./panels/Palette";
import type { Editing } from "./useEditor";

interface Props {
  panel: PanelId | null;
  editing: Editing;
  actions: readonly EditorAction[];
  imageId: string;
  resultId: string | null;
  frame: number;
  nFrames: number;
  measuring: Measuring;
  onFrame: (frame: number) => void;
  onClose: () => void;
}

/** The panel that an action opened. */
export function OpenPanel({ panel, editing, actions, resultId, onClose, ...image }: Props) {
  const { controller, document, facts } = editing;
  if (panel === null) return null;
  if (panel === "palette") return <Palette actions={actions} onClose={onClose} />;
  if (!resultId || !editing.session) return null;
  if (panel === "class") return <ClassPanel controller={controller} document={document} onClose={onClose} />;
  if (panel === "filter")
    return (
      <FilterPanel
        controller={controller}
        document={document}
        facts={facts}
        measuring={image.measuring}
        onClose={onClose}
      />
    );
  if (panel === "copy")
    return (
      <CopyPanel
        controller={controller}
        imageId={image.imageId}
        resultId={resultId}
        frame={image.frame}
        nFrames={image.nFrames}
        onGo={image.onFrame}
        onClose={onClose}
      />
    );
  const how = ADJUSTMENTS.find((each) => each === panel) as Adjustment;
  return <AdjustPanel key={how} controller={controller} how={how} onClose={onClose} />;
}
