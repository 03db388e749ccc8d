// Ctrl-K: every link and action of the page, and a way to any account or record by its name.
import { tinykeys } from "tinykeys";

interface Choice {
  title: string;
  keys: string;
  run: () => void;
}

export function startPalette(): void {
  tinykeys(window, {
    "$mod+KeyK": (event) => {
      event.preventDefault();
      open();
    },
  });
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-palette]")) open();
  });
}

function choices(): Choice[] {
  const found: Choice[] = [];
  for (const one of document.querySelectorAll<HTMLElement>("nav a, [data-keys]:not([data-key-help]), [data-command]")) {
    const title = (one.dataset.does ?? one.getAttribute("aria-label") ?? one.textContent ?? "").replace(/\s+/g, " ").trim();
    if (!title || one.getClientRects().length === 0 || found.some((other) => other.title === title)) continue;
    found.push({ title, keys: one.dataset.keys ?? "", run: () => (one.matches("input, textarea, select") ? one.focus() : one.click()) });
  }
  return found;
}

function named(text: string): Choice[] {
  const name = text.trim().replace(/^@/, "");
  const isName = /^(did:[a-z]+:|at:\/\/)/.test(name) || /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(name);
  if (!isName) return [];
  return [{ title: `Open ${name}`, keys: "", run: () => location.assign(`/investigate/entity?entity=${encodeURIComponent(name)}`) }];
}

function open(): void {
  if (document.querySelector("dialog[open]")) return;
  const dialog = document.createElement("dialog");
  dialog.className = "palette";
  dialog.setAttribute("aria-label", "Find");
  const field = document.createElement("input");
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-expanded", "true");
  field.setAttribute("aria-controls", "palette-list");
  field.setAttribute("aria-label", "A page, an action, a handle, a DID or an at-uri");
  field.placeholder = "A page, an action, a handle, a DID or an at-uri";
  const list = document.createElement("ul");
  list.id = "palette-list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Found");
  dialog.append(field, list);
  const all = choices();
  let shown: Choice[] = [];
  let at = 0;
  const draw = (): void => {
    const wanted = field.value.toLowerCase();
    shown = [...named(field.value), ...all.filter((one) => one.title.toLowerCase().includes(wanted))].slice(0, 12);
    at = Math.min(at, Math.max(shown.length - 1, 0));
    list.replaceChildren(...shown.map((one, number) => item(one, number === at, () => choose(number))));
    field.setAttribute("aria-activedescendant", shown.length ? `palette-${at}` : "");
    [...list.children].forEach((one, number) => (one.id = `palette-${number}`));
  };
  const choose = (number: number): void => {
    const one = shown[number];
    dialog.close();
    one?.run();
  };
  field.addEventListener("input", () => {
    at = 0;
    draw();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") at = Math.min(at + 1, shown.length - 1);
    else if (event.key === "ArrowUp") at = Math.max(at - 1, 0);
    else if (event.key === "Enter") {
      event.preventDefault();
      choose(at);
      return;
    } else return;
    event.preventDefault();
    draw();
  });
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  draw();
  dialog.showModal();
  field.focus();
}

function item(one: Choice, chosen: boolean, choose: () => void): HTMLElement {
  const line = document.createElement("li");
  line.setAttribute("role", "option");
  line.setAttribute("aria-selected", String(chosen));
  line.append(one.title);
  if (one.keys) {
    const keys = document.createElement("kbd");
    keys.textContent = one.keys;
    line.append(" ", keys);
  }
  line.addEventListener("click", choose);
  return line;
}
