import IconButton from "@mui/material/IconButton";
import Stack from "@mui/material/Stack";
import { useNavigate } from "react-router";
import { useText } from "../i18n/useText";
import { useNeighbours } from "../images/neighbours";
import { useActions } from "../ui/actions";
import { BackIcon, ChevronIcon } from "../ui/icons";
import type { Carried } from "./carried";

interface Props {
  projectId: string;
  imageId: string;
  /** What goes along to the other image. */
  carry: () => Carried;
}

/** To the image before and after in the list that one came from. */
export function ImageSteps({ projectId, imageId, carry }: Props) {
  const t = useText();
  const navigate = useNavigate();
  const { previous = null, next = null } = useNeighbours(projectId, imageId).data ?? {};
  const go = (to: string | null) => () =>
    to && navigate(`/projects/${projectId}/images/${to}`, { state: { carried: carry() } });
  // beside , and . for time points; the second key is on every keyboard
  const steps = [
    { id: "previousImage", key: "<", far: "Alt+PageUp", to: previous, icon: <BackIcon /> },
    { id: "nextImage", key: ">", far: "Alt+PageDown", to: next, icon: <ChevronIcon /> },
  ] as const;
  useActions({
    title: "images.title",
    actions: steps.map(({ id, key, far, to }) => ({
      id,
      title: `image.${id}` as const,
      keys: [key, far],
      run: go(to),
      isEnabled: () => to !== null,
    })),
  });
  return (
    <Stack direction="row">
      {steps.map(({ id, key, to, icon }) => (
        <IconButton
          key={id}
          size="small"
          disabled={to === null}
          aria-label={t(`image.${id}`)}
          aria-keyshortcuts={key}
          title={`${t(`image.${id}`)} (${key})`}
          onClick={go(to)}
        >
          {icon}
        </IconButton>
      ))}
    </Stack>
  );
}
