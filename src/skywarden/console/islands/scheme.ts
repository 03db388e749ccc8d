// Dark or light: as the system says, until somebody chooses.
const KEY = "skywarden-scheme";

export function startScheme(): void {
  const chosen = localStorage.getItem(KEY);
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.scheme = chosen;
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("[data-scheme]:not(html)")) return;
    const dark = getComputedStyle(document.documentElement).colorScheme.trim() === "dark";
    const isDark = document.documentElement.dataset.scheme
      ? document.documentElement.dataset.scheme === "dark"
      : dark || matchMedia("(prefers-color-scheme: dark)").matches;
    const next = isDark ? "light" : "dark";
    document.documentElement.dataset.scheme = next;
    localStorage.setItem(KEY, next);
  });
}
