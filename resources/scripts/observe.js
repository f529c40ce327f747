// What the page shows, as JSON. Runs in a world of its own: the page's scripts can neither see
// nor change these functions. FIELD is the profile's CSS selector for the PIN, or "".
(() => {
  const TEXT_LIMIT = 100000;
  const LINK_LIMIT = 500;
  const shown = (element) => element.getClientRects().length > 0;
  const label = (element) =>
    element.innerText || element.value || element.alt ||
    [...Element.prototype.querySelectorAll.call(element, "img[alt]")].map((image) => image.alt).join("") || "";
  const clickable =
    "a, button, area, input[type=button], input[type=submit], input[type=image]";
  const links = [...Document.prototype.querySelectorAll.call(document, clickable)]
    .map((element, index) => ({ element, index }))
    .filter(({ element }) => shown(element) || element.tagName === "AREA")
    .slice(0, LINK_LIMIT)
    .map(({ element, index }) => ({
      index,
      text: String(label(element)).slice(0, 200),
      href: String(element.href || ""),
    }));
  // Through the prototypes: a page can shadow these with the name of a form or a control.
  const getter = (kind, name) => Object.getOwnPropertyDescriptor(kind.prototype, name).get;
  const ofForm = (name, form) => getter(HTMLFormElement, name).call(form);
  const matches = (field) => {
    try {
      return FIELD === "" || field.matches(FIELD);
    } catch {
      return false; // the profile's selector is none
    }
  };
  const fields = [...Document.prototype.querySelectorAll.call(document, "input[type=password]")]
    .filter((field) => shown(field) && !field.disabled && !field.readOnly)
    .map((field) => ({
      matches: matches(field),
      target: field.form ? ofForm("action", field.form) : "",
      method: field.form ? ofForm("method", field.form) : "",
      maximum: field.maxLength >= 0 ? field.maxLength : null,
    }));
  const visible = (root) =>
    [...Document.prototype.querySelectorAll.call(root, "input[type=password]")].some(shown);
  // As far as this page's origin may look; what frames of other hosts send is held by the gate.
  const inFrames = (root) =>
    [...Document.prototype.querySelectorAll.call(root, "iframe, frame")].some((frame) => {
      try {
        const inner = frame.contentDocument;
        return shown(frame) && inner !== null && (visible(inner) || inFrames(inner));
      } catch {
        return false;
      }
    });
  // Unlike the address, it tells a page from the answer that a form on it has brought.
  globalThis.certhelperDocument ??= String(Math.random());
  const body = getter(Document, "body").call(document);
  const text = getter(Document, "title").call(document) + "\n" + (body ? body.innerText : "");
  return JSON.stringify({
    url: location.href,
    text: text.slice(0, TEXT_LIMIT),
    links,
    fields,
    secretInFrame: inFrames(document),
    document: globalThis.certhelperDocument,
  });
})()
