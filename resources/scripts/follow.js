// Click the link that was seen, if it is still there with the same text.
(() => {
  const clickable =
    "a, button, area, input[type=button], input[type=submit], input[type=image]";
  const element = Document.prototype.querySelectorAll.call(document, clickable)[INDEX];
  if (!element) return "gone";
  const label =
    element.innerText || element.value || element.alt ||
    [...Element.prototype.querySelectorAll.call(element, "img[alt]")].map((image) => image.alt).join("") || "";
  const compact = (text) => String(text).replace(/\s+/gu, "");
  if (compact(label) !== compact(TEXT)) return "gone";
  HTMLElement.prototype.click.call(element);
  return "clicked";
})()
