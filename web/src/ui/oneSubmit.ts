/** Of a double click on a button that sends something only the first counts: what was sent quickly would be sent twice. */
export function listenForDoubleClicks(): () => void {
  function click(event: MouseEvent) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (event.detail < 2 || button?.type !== "submit") return;
    event.preventDefault();
    event.stopPropagation();
  }
  document.addEventListener("click", click, true);
  return () => document.removeEventListener("click", click, true);
}
