import Menu from "@mui/material/Menu";
import MenuItem from "@mui/material/MenuItem";
import { changeLanguage, currentLanguage, LANGUAGES, type Language } from "../i18n";

export default function LanguageMenu({ anchor, onClose }: { anchor: HTMLElement; onClose: () => void }) {
  return (
    <Menu open anchorEl={anchor} onClose={onClose}>
      {(Object.keys(LANGUAGES) as Language[]).map((language) => (
        <MenuItem
          key={language}
          lang={language}
          selected={language === currentLanguage()}
          onClick={() => {
            void changeLanguage(language);
            onClose();
          }}
        >
          {LANGUAGES[language]}
        </MenuItem>
      ))}
    </Menu>
  );
}
