import Box from "@mui/material/Box";
import Skeleton from "@mui/material/Skeleton";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { useModels } from "../api/runs";
import { spoken } from "../api/sentences";
import { useText } from "../i18n/useText";
import { EmptyState } from "../ui/EmptyState";
import { formatDate } from "../ui/format";
import { ShieldIcon } from "../ui/icons";
import { ProblemAlert } from "../ui/ProblemAlert";
import { Section } from "../ui/Section";

/** The models that workers have, with what each says of itself. */
export function Models() {
  const t = useText();
  const models = useModels();
  return (
    <Stack spacing={2}>
      {models.isError && <ProblemAlert error={models.error} onRetry={() => models.refetch()} />}
      {models.isPending && <Skeleton variant="rounded" height={160} />}
      {models.data?.length === 0 && <EmptyState icon={<ShieldIcon />} title={t("admin.noModels")} />}
      {models.data?.map((each) => (
        <Section key={each.id} title={spoken(each.title || each.name)} explanation={spoken(each.description)}>
          <Typography variant="body2" color="textSecondary" sx={{ overflowWrap: "anywhere" }}>
            {each.name} · <code>{each.hash.slice(0, 16)}</code> · {formatDate(each.created_at)}
            {typeof each.card.license === "string" && ` · ${t("admin.license")}: ${each.card.license}`}
          </Typography>
          <Box component="details" sx={{ mt: 1 }}>
            <summary>{t("admin.card")}</summary>
            <Box
              component="pre"
              tabIndex={0}
              sx={{ m: 0, mt: 1, fontSize: 12, maxHeight: 420, overflow: "auto", whiteSpace: "pre-wrap" }}
            >
              {JSON.stringify(each.card, null, 2)}
            </Box>
          </Box>
        </Section>
      ))}
    </Stack>
  );
}
