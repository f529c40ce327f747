"use strict";

// Text size 小/標準/大, kept for this session of the browser.
const sizes = document.querySelectorAll("[data-size]");
function chooseSize(size) {
  document.documentElement.dataset.textSize = size;
  for (const button of sizes) button.setAttribute("aria-pressed", String(button.dataset.size === size));
  sessionStorage.setItem("text-size", size);
}
for (const button of sizes) button.addEventListener("click", () => chooseSize(button.dataset.size));
chooseSize(sessionStorage.getItem("text-size") || "normal");

// A link that opens the log-on in a window of its own, as banks do.
for (const link of document.querySelectorAll("a[data-open]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    window.open(link.href, link.dataset.open, "width=960,height=720,scrollbars=yes,resizable=yes");
  });
}

// 閉じる: closes a window that a page opened; any other goes to the bank's home page.
for (const button of document.querySelectorAll("[data-close]")) {
  button.addEventListener("click", () => {
    window.close();
    if (!window.closed) window.location.assign(button.dataset.close);
  });
}

// ソフトウェアキーボード
function key(label, name, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.className = name;
  button.addEventListener("click", act);
  return button;
}

function row(buttons) {
  const line = document.createElement("div");
  line.append(...buttons);
  return line;
}

function build(board, field) {
  let upper = false;
  const draw = () => {
    const type = (character) => key(character, "key", () => {
      if (field.value.length < field.maxLength) field.value += character;
    });
    const letters = "abcdefghijklmnopqrstuvwxyz";
    const shown = upper ? letters.toUpperCase() : letters;
    board.replaceChildren(
      row([..."1234567890"].map(type)),
      row([...shown.slice(0, 13)].map(type)),
      row([...shown.slice(13)].map(type)),
      row([
        key(upper ? "小文字" : "大文字", "wide", () => { upper = !upper; draw(); }),
        key("1文字削除", "wide", () => { field.value = field.value.slice(0, -1); }),
        key("クリア", "wide", () => { field.value = ""; }),
        key("閉じる", "wide", () => { board.hidden = true; }),
      ]),
    );
  };
  draw();
}

for (const opener of document.querySelectorAll("[data-keyboard]")) {
  opener.addEventListener("click", () => {
    const board = document.getElementById(`keyboard-${opener.dataset.keyboard}`);
    if (board.hidden) build(board, document.getElementById(opener.dataset.keyboard));
    board.hidden = !board.hidden;
  });
}

// 印刷
for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => window.print());
}

// The names and sizes of the files that were chosen.
for (const field of document.querySelectorAll("input[data-shows]")) {
  field.addEventListener("change", () => {
    document.getElementById(field.dataset.shows).innerText =
      [...field.files].map((file) => `${file.name}(${file.size} バイト)`).join("\n");
  });
}
