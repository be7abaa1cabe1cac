import Box from "@mui/material/Box";
import Link from "@mui/material/Link";
import List from "@mui/material/List";
import ListItemButton from "@mui/material/ListItemButton";
import ListSubheader from "@mui/material/ListSubheader";
import TextField from "@mui/material/TextField";
import Typography from "@mui/material/Typography";
import { type MouseEvent, useEffect, useMemo, useState } from "react";
import { Link as RouterLink, useLocation, useNavigate, useParams } from "react-router";
import { currentLanguage } from "../i18n";
import { useText } from "../i18n/useText";
import { htmlOf } from "./markdown";
import { helpPages, SECTIONS } from "./texts";

const FIRST = "tutorials/first-measurements";

const PROSE = {
  maxWidth: 860,
  minWidth: 0,
  lineHeight: 1.6,
  overflowWrap: "anywhere",
  "& h1": { fontSize: 28, lineHeight: 1.2, mt: 0 },
  "& h2": { fontSize: 21, mt: 4, mb: 1 },
  "& h3": { fontSize: 17, mt: 3, mb: 0.5 },
  "& a": { color: "primary.main" },
  "& img": { maxWidth: "100%", bgcolor: "#fff", borderRadius: 1 },
  "& code": { bgcolor: "action.hover", borderRadius: 0.5, px: 0.5, fontSize: "0.92em" },
  "& pre": { bgcolor: "action.hover", borderRadius: 1, p: 1.5, overflowX: "auto", overflowWrap: "normal" },
  "& pre code": { bgcolor: "transparent", p: 0 },
  "& table": {
    display: "block",
    overflowX: "auto",
    borderCollapse: "collapse",
    my: 2,
    overflowWrap: "normal",
  },
  "& th, & td": {
    border: 1,
    borderColor: "divider",
    px: 1,
    py: 0.5,
    textAlign: "left",
    verticalAlign: "top",
    minWidth: 150,
  },
} as const;

/** The documentation, inside the app: every page of it, searched by words, without any network. */
export default function Help() {
  const t = useText();
  const navigate = useNavigate();
  const { "*": path = "" } = useParams();
  const { hash } = useLocation();
  const [search, setSearch] = useState("");
  const page = helpPages.find((each) => each.path === (path || FIRST));
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = helpPages.filter((each) => words.every((word) => each.text.toLowerCase().includes(word)));
  const html = useMemo(() => (page ? htmlOf(page.path, page.text) : ""), [page]);
  useEffect(() => {
    document.title = `${page?.title ?? t("help.title")} · SpheroSeg`;
    const target = hash ? document.getElementById(decodeURIComponent(hash.slice(1))) : null;
    if (target) target.scrollIntoView();
    else window.scrollTo(0, 0);
  }, [page, hash, t]);
  function follow(event: MouseEvent) {
    const link = (event.target as HTMLElement).closest("a");
    const to = link?.getAttribute("href");
    if (!to?.startsWith("/help/") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    navigate(to);
  }
  return (
    <Box
      sx={{
        display: "grid",
        gap: 4,
        gridTemplateColumns: { xs: "minmax(0, 1fr)", md: "280px minmax(0, 1fr)" },
        px: { xs: 2, md: 4 },
        py: 3,
      }}
    >
      <Box component="nav" aria-label={t("help.contents")}>
        <TextField
          type="search"
          label={t("help.search")}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        {currentLanguage() !== "en" && (
          <Typography variant="body2" color="textSecondary" sx={{ mt: 1 }}>
            {t("help.inEnglish")}
          </Typography>
        )}
        {path && words.length === 0 && (
          <Link component={RouterLink} to="/help" sx={{ display: { md: "none" }, mt: 1 }}>
            {t("help.contents")}
          </Link>
        )}
        {found.length === 0 && <Typography sx={{ mt: 2 }}>{t("help.nothingFound")}</Typography>}
        {SECTIONS.map((section) => {
          const inSection = found.filter((each) => each.section === section);
          return inSection.length === 0 ? null : (
            <List
              key={section}
              sx={{ display: { xs: path && words.length === 0 ? "none" : "block", md: "block" } }}
              dense
              subheader={
                <ListSubheader component="div" disableSticky sx={{ bgcolor: "transparent", px: 1 }}>
                  {t(`help.section_${section}`)}
                </ListSubheader>
              }
              component="div"
            >
              {inSection.map((each) => (
                <ListItemButton
                  key={each.path}
                  component={RouterLink}
                  to={`/help/${each.path}`}
                  selected={each === page}
                  aria-current={each === page ? "page" : undefined}
                  lang="en"
                  sx={{ borderRadius: 1, px: 1, py: 0.25 }}
                >
                  {each.title}
                </ListItemButton>
              ))}
            </List>
          );
        })}
      </Box>
      {page ? (
        <Box
          component="article"
          lang="en"
          onClick={follow}
          sx={PROSE}
          // biome-ignore lint/security/noDangerouslySetInnerHtml: the text is a file of this build
          dangerouslySetInnerHTML={{ __html: html }}
        />
      ) : (
        <Typography>
          {t("notFound.nothing")}{" "}
          <Link component={RouterLink} to="/help">
            {t("help.title")}
          </Link>
        </Typography>
      )}
    </Box>
  );
}
