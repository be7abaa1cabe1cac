import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { Component, type ReactNode } from "react";
import { isOtherBuild, loadNewPage } from "../api/build";
import { text } from "../i18n";

interface Props {
  children: ReactNode;
  /** When this changes (the address, usually) the part is tried again. */
  resetKey?: string;
}

interface State {
  error: Error | null;
  resetKey?: string;
}

/** Keeps a broken part from taking the page with it, and offers a way back. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: null, resetKey: this.props.resetKey };

  static getDerivedStateFromError(error: Error): Partial<State> {
    return { error };
  }

  static getDerivedStateFromProps(props: Props, state: State): State | null {
    return props.resetKey === state.resetKey ? null : { error: null, resetKey: props.resetKey };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    const isOther = isOtherBuild.get();
    return (
      <Stack role="alert" spacing={2} sx={{ alignItems: "flex-start", p: 4, maxWidth: 640 }}>
        <Typography variant="h1" component="h1">
          {text("error.title")}
        </Typography>
        <Typography color="textSecondary">
          {text(isOther ? "error.otherBuild" : "error.explanation")}
        </Typography>
        <Typography component="code" sx={{ fontFamily: "monospace", fontSize: 13, overflowWrap: "anywhere" }}>
          {error.message}
        </Typography>
        <Stack direction="row" spacing={1}>
          {isOther ? (
            <Button variant="contained" onClick={() => void loadNewPage()}>
              {text("app.reload")}
            </Button>
          ) : (
            <Button variant="contained" onClick={() => this.setState({ error: null })}>
              {text("error.again")}
            </Button>
          )}
          <Button href="/">{text("error.home")}</Button>
        </Stack>
      </Stack>
    );
  }
}
