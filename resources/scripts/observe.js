// What the page shows, as JSON. Runs in a world of its own: the page's scripts can neither see
// nor change these functions. FIELD is the profile's CSS selector for the PIN, or "".
(() => {
  const TEXT_LIMIT = 100000;
  const LINK_LIMIT = 500;
  const shown = (element) => element.getClientRects().length > 0;
  const label = (element) =>
    element.innerText || element.value || element.alt ||
    [...element.querySelectorAll("img[alt]")].map((image) => image.alt).join("") || "";
  const clickable =
    "a, button, area, input[type=button], input[type=submit], input[type=image]";
  const links = [...document.querySelectorAll(clickable)]
    .map((element, index) => ({ element, index }))
    .filter(({ element }) => shown(element) || element.tagName === "AREA")
    .slice(0, LINK_LIMIT)
    .map(({ element, index }) => ({
      index,
      text: String(label(element)).slice(0, 200),
      href: String(element.href || ""),
    }));
  const getter = (name) =>
    Object.getOwnPropertyDescriptor(HTMLFormElement.prototype, name).get;
  const fields = [...document.querySelectorAll("input[type=password]")]
    .filter((field) => shown(field) && !field.disabled && !field.readOnly)
    .map((field) => ({
      matches: FIELD === "" || field.matches(FIELD),
      target: field.form ? getter("action").call(field.form) : "",
      method: field.form ? getter("method").call(field.form) : "",
      maximum: field.maxLength >= 0 ? field.maxLength : null,
    }));
  const text = document.title + "\n" + (document.body ? document.body.innerText : "");
  return JSON.stringify({
    url: location.href,
    text: text.slice(0, TEXT_LIMIT),
    links,
    fields,
  });
})()
