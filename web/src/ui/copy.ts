/** Puts a text into the clipboard, also on an address without HTTPS, where browsers have no other way; whether it worked. */
export async function copy(words: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(words);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = words;
    field.style.position = "fixed";
    field.style.opacity = "0";
    document.body.append(field);
    field.select();
    const isCopied = document.execCommand?.("copy") ?? false;
    field.remove();
    return isCopied;
  }
}
