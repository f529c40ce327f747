"use strict";

// A small window beside the page, as banks open for help.
for (const link of document.querySelectorAll("a[data-pop-up]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    window.open(link.href, link.dataset.popUp, "width=520,height=420");
  });
}

// 金融機関検索: the small window writes into the page that opened it, and closes itself.
for (const button of document.querySelectorAll("[data-bank-search]")) {
  button.addEventListener("click", () => window.open("/biznet/bank-search", "search", "width=520,height=420"));
}
for (const button of document.querySelectorAll("[data-bank]")) {
  button.addEventListener("click", () => {
    window.opener.document.getElementById("bank-name").value = button.dataset.bank;
    window.close();
  });
}

const answer = document.getElementById("answer");
for (const button of document.querySelectorAll("[data-alert]")) {
  button.addEventListener("click", () => {
    alert("振込の受付時間は、平日 8:00~21:00 です。\nこれ以降は翌営業日の扱いになります。");
    answer.textContent = "お知らせを読みました";
  });
}
for (const button of document.querySelectorAll("[data-confirm]")) {
  button.addEventListener("click", () => {
    answer.textContent = confirm("振込を実行します。よろしいですか。") ? "OK" : "キャンセル";
  });
}
for (const button of document.querySelectorAll("[data-alerts]")) {
  button.addEventListener("click", () => {
    for (let count = 1; count <= 20; count += 1) alert(`${count} 回目のメッセージです。`);
    answer.textContent = "20 回のメッセージが終わりました";
  });
}

// A form that asks before what was typed in it is lost.
for (const form of document.querySelectorAll("[data-asks-before-leaving]")) {
  window.addEventListener("beforeunload", (event) => {
    if ([...form.elements].some((field) => field.value !== field.defaultValue)) event.preventDefault();
  });
}
