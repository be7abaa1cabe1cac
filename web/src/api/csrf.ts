const COOKIE = "spheroseg_csrf";

/** What every change carries to show that it comes from our page; empty when nobody is signed in. */
export function csrfToken(): string {
  const found = document.cookie.split("; ").find((each) => each.startsWith(`${COOKIE}=`));
  return found?.slice(COOKIE.length + 1) ?? "";
}
