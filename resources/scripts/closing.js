// What a page shows when the person wants to end, as JSON; with CLICK the bank's own log-off is
// clicked first. TEXTS are what it may be called. Frames of the same origin count as the page.
(() => {
  const TEXT_LIMIT = 20000;
  const CLICKABLE =
    "a, button, area, input[type=button], input[type=submit], input[type=image]";
  const compact = (text) => String(text).replace(/\s+/gu, "");
  const wanted = TEXTS.map(compact);
  const all = (root, selector) => [...Document.prototype.querySelectorAll.call(root, selector)];
  const documents = (root) => [
    root,
    ...all(root, "iframe, frame").flatMap((frame) => {
      try {
        return frame.contentDocument ? documents(frame.contentDocument) : [];
      } catch {
        return []; // another origin's
      }
    }),
  ];
  const label = (element) =>
    element.innerText || element.value || element.alt ||
    [...element.querySelectorAll("img[alt]")].map((image) => image.alt).join("") || "";
  const shown = (element) => element.getClientRects().length > 0 || element.tagName === "AREA";
  const changed = (field) => {
    if (field.tagName === "SELECT") {
      const options = [...field.options];
      return options.some((one) => one.defaultSelected) &&
        options.some((one) => one.selected !== one.defaultSelected);
    }
    if (field.type === "checkbox" || field.type === "radio") {
      return field.checked !== field.defaultChecked;
    }
    if (["hidden", "submit", "button", "image", "reset"].includes(field.type)) return false;
    if (field.type === "file") return field.files.length > 0;
    return field.value !== field.defaultValue;
  };
  const pages = documents(document);
  const found = pages
    .flatMap((page) => all(page, CLICKABLE))
    .filter((one) => shown(one) && !one.disabled && wanted.includes(compact(label(one))));
  const typed = pages.some((page) => all(page, "input, textarea, select").some(changed));
  const text = pages.map((page) => (page.body ? page.body.innerText : "")).join("\n");
  if (CLICK && found.length > 0) setTimeout(() => found[0].click(), 0);
  return JSON.stringify({
    logOff: found.length > 0,
    typed,
    text: text.slice(0, TEXT_LIMIT),
  });
})()
