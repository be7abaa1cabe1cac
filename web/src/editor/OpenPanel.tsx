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
  pixelSizeUm: number | null;
  onFrame: (frame: number) => void;
  onClose: () => void;
}

/** The panel that an action opened. */
export function OpenPanel({ panel, editing, actions, resultId, onClose, ...image }: Props) {
  const { bench, document, facts } = editing;
  if (panel === null) return null;
  if (panel === "palette") return <Palette actions={actions} onClose={onClose} />;
  if (!resultId || !editing.session) return null;
  if (panel === "class") return <ClassPanel bench={bench} document={document} onClose={onClose} />;
  if (panel === "filter")
    return (
      <FilterPanel
        bench={bench}
        document={document}
        facts={facts}
        pixelSizeUm={image.pixelSizeUm}
        onClose={onClose}
      />
    );
  if (panel === "copy")
    return (
      <CopyPanel
        bench={bench}
        imageId={image.imageId}
        resultId={resultId}
        frame={image.frame}
        nFrames={image.nFrames}
        onGo={image.onFrame}
        onClose={onClose}
      />
    );
  const how = ADJUSTMENTS.find((each) => each === panel) as Adjustment;
  return <AdjustPanel key={how} bench={bench} how={how} onClose={onClose} />;
}
