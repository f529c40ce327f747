// Click the link that was seen, if it is still there with the same text.
(() => {
  const clickable =
    "a, button, area, input[type=button], input[type=submit], input[type=image]";
  const element = document.querySelectorAll(clickable)[INDEX];
  if (!element) return "gone";
  const label =
    element.innerText || element.value || element.alt ||
    [...element.querySelectorAll("img[alt]")].map((image) => image.alt).join("") || "";
  const compact = (text) => String(text).replace(/\s+/gu, "");
  if (compact(label) !== compact(TEXT)) return "gone";
  element.click();
  return "clicked";
})()
