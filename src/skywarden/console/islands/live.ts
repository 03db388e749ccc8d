// Keep `data-live="NAME"` parts as the server has them now. A part that somebody is using is left alone meanwhile.
export function startLive(): void {
  for (const part of document.querySelectorAll<HTMLElement>("[data-live]")) {
    const stream = new EventSource(`/live?part=${encodeURIComponent(part.dataset.live ?? "")}`);
    stream.onmessage = (event: MessageEvent<string>) => {
      if (part.contains(document.activeElement)) return;
      part.innerHTML = event.data; // made by our own server, which escapes what people wrote
    };
    window.addEventListener("pagehide", () => stream.close());
  }
}
