import type { Project } from "../api/projects";
import { useText } from "../i18n/useText";
import { ChoiceField } from "../ui/ChoiceField";

export type Kind = Project["kind"];

const KINDS: readonly Kind[] = ["spheroid", "one_spheroid_a_well", "many_organoids", "invasion", "cells"];

interface Props {
  value: Kind;
  onChange: (kind: Kind) => void;
  disabled?: boolean;
}

/** What the images show; the runs of the project begin with the rules for that. */
export function KindField({ value, onChange, disabled }: Props) {
  const t = useText();
  const label = (kind: Kind) => {
    if (kind === "spheroid") return t("projects.kindSpheroid");
    return kind === "cells" ? t("projects.kindCells") : t(`projects.kind_${kind}`);
  };
  return (
    <ChoiceField
      label={t("projects.kind")}
      value={value}
      disabled={disabled}
      options={KINDS.map((kind) => ({ value: kind, label: label(kind) }))}
      onChange={onChange}
    />
  );
}
