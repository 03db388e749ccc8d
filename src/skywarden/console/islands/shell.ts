// What every page has: parts that are asked for without a whole page, keys, the palette, live parts, dark and light.
import "htmx.org/dist/htmx.esm.js";
import { startKeys } from "./keys";
import { startLive } from "./live";
import { startPalette } from "./palette";
import { startScheme } from "./scheme";
import { startToasts } from "./toasts";

startScheme();
document.addEventListener("DOMContentLoaded", () => {
  startToasts();
  startKeys();
  startPalette();
  startLive();
});
