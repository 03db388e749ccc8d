// Press what is marked with `data-keys="g r"` by typing it. Nothing happens while somebody writes, or holds a modifier.
const PAUSE_MS = 1_000;
const WRITES = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=true], .cm-editor";

let typed: string[] = [];
let last = 0;

export function startKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    const at = event.target;
    if (at instanceof Element && at.matches(WRITES)) {
      if (event.key === "Escape" && at instanceof HTMLElement) at.blur();
      return;
    }
    if (event.key.length > 1 && event.key !== "Enter" && event.key !== "Escape") return;
    if (at instanceof Element && event.key === "Enter" && at.matches("a, button, summary")) return;
    const now = performance.now();
    typed = now - last > PAUSE_MS ? [event.key] : [...typed, event.key].slice(-2);
    last = now;
    const wanted = marked(typed.join(" ")) ?? marked(event.key);
    if (wanted) {
      event.preventDefault();
      typed = [];
      press(wanted);
    } else if (event.key === "?") {
      event.preventDefault();
      showKeys();
    }
  });
  document.querySelectorAll("[data-key-help]").forEach((button) => button.addEventListener("click", showKeys));
}

// The last one in the page wins, so that a dialog or an item comes before the navigation.
function marked(keys: string): HTMLElement | undefined {
  const all = [...document.querySelectorAll<HTMLElement>("[data-keys]")].filter(
    (one) => one.dataset.keys === keys && !one.hasAttribute("data-key-help") && isShown(one),
  );
  return all.at(-1);
}

function isShown(one: HTMLElement): boolean {
  return one.getClientRects().length > 0 && !one.hasAttribute("disabled");
}

function press(one: HTMLElement): void {
  if (one.matches("input:not([type=checkbox]):not([type=radio]), textarea, select")) one.focus();
  else one.click();
}

export function showKeys(): void {
  const dialog = document.createElement("dialog");
  dialog.className = "keys";
  dialog.setAttribute("aria-label", "Keys");
  const title = document.createElement("h2");
  title.textContent = "Keys of this page";
  const list = document.createElement("dl");
  const seen = new Set<string>();
  for (const one of document.querySelectorAll<HTMLElement>("[data-keys]")) {
    const keys = one.dataset.keys ?? "";
    if (seen.has(keys) || !isShown(one) || one.hasAttribute("data-key-help")) continue;
    seen.add(keys);
    list.append(...line(keys, one.dataset.does ?? one.getAttribute("aria-label") ?? one.textContent ?? ""));
  }
  list.append(...line("Ctrl K", "Find a page, an account or a record"), ...line("Esc", "Leave a field or a dialog"));
  dialog.append(title, list);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
}

function line(keys: string, does: string): HTMLElement[] {
  const term = document.createElement("dt");
  for (const key of keys.split(" ")) {
    const shown = document.createElement("kbd");
    shown.textContent = key;
    term.append(shown, " ");
  }
  const meaning = document.createElement("dd");
  meaning.textContent = does.replace(/\s+/g, " ").trim();
  return [term, meaning];
}
