import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { useText } from "../i18n/useText";
import { useActions } from "../ui/actions";
import { REASONS } from "./reviewQueue";

type Reason = (typeof REASONS)[number];

/** `other` alone would be a plural form to the language files. */
function titleOf(reason: Reason) {
  return `review.reason_${reason === "other" ? "another" : reason}` as const;
}

/** Why a frame is left out: a number key or a click. */
export function ReviewReasons({
  onChoose,
  onCancel,
}: {
  onChoose: (reason: Reason) => void;
  onCancel: () => void;
}) {
  const t = useText();
  useActions({
    title: "review.why",
    actions: [
      ...REASONS.map((reason, i) => ({
        id: reason,
        title: titleOf(reason),
        keys: [String(i + 1)],
        run: () => onChoose(reason),
      })),
      { id: "cancel", title: "app.cancel", keys: ["Escape"], run: onCancel },
    ],
  });
  return (
    <Stack
      direction="row"
      useFlexGap
      role="group"
      aria-label={t("review.why")}
      sx={{ p: 1, gap: 1, flexWrap: "wrap", alignItems: "center", bgcolor: "background.paper" }}
    >
      <Typography variant="body2">{t("review.why")}</Typography>
      {REASONS.map((reason, i) => (
        <Button key={reason} size="small" variant="outlined" color="error" onClick={() => onChoose(reason)}>
          {`${i + 1} · ${t(titleOf(reason))}`}
        </Button>
      ))}
      <Button size="small" color="inherit" onClick={onCancel}>
        {t("app.cancel")}
      </Button>
    </Stack>
  );
}
