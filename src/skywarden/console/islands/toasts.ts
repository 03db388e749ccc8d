// Say for a moment what happened: what the server sends in `HX-Trigger: {"toast": "..."}`, and requests that failed.
const SHOWN_MS = 6_000;

export function startToasts(): void {
  document.addEventListener("toast", (event) => {
    if (event instanceof CustomEvent) toast(String(event.detail?.value ?? event.detail ?? ""));
  });
  document.addEventListener("htmx:error", () => toast("The server could not be reached; nothing was changed."));
}

export function toast(text: string): void {
  const place = document.getElementById("toasts");
  if (!place || !text) return;
  const line = document.createElement("p");
  line.textContent = text;
  place.append(line);
  setTimeout(() => line.remove(), SHOWN_MS);
}
