import Button from "@mui/material/Button";
import Menu from "@mui/material/Menu";
import MenuItem from "@mui/material/MenuItem";
import i18next from "i18next";
import { useState } from "react";
import { changeLanguage, LANGUAGES, type Language } from "../i18n";
import { useText } from "../i18n/useText";

export default function LanguageMenu() {
  const t = useText();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  return (
    <>
      <Button
        size="small"
        color="inherit"
        aria-haspopup="menu"
        aria-label={t("settings.language")}
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        {LANGUAGES[i18next.language as Language]}
      </Button>
      <Menu open={anchor !== null} anchorEl={anchor} onClose={() => setAnchor(null)}>
        {(Object.keys(LANGUAGES) as Language[]).map((language) => (
          <MenuItem
            key={language}
            lang={language}
            selected={language === i18next.language}
            onClick={() => {
              void changeLanguage(language);
              setAnchor(null);
            }}
          >
            {LANGUAGES[language]}
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}
