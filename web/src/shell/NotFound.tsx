import Button from "@mui/material/Button";
import { Link } from "react-router";
import { useText } from "../i18n/useText";
import { EmptyState } from "../ui/EmptyState";
import { SearchIcon } from "../ui/icons";
import { Page } from "../ui/Page";

export default function NotFound() {
  const t = useText();
  return (
    <Page title={t("notFound.title")}>
      <EmptyState
        icon={<SearchIcon />}
        title={t("notFound.nothing")}
        actions={
          <Button component={Link} to="/" variant="contained">
            {t("error.home")}
          </Button>
        }
      >
        {t("notFound.explanation")}
      </EmptyState>
    </Page>
  );
}
