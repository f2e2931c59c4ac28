// Small helpers that only a browser can do. Pages work without them; every hook is a data- attribute.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const words = $("#zt-words")?.dataset ?? {};
  const typing = (el) => el && (el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName));

  function element(tag, className, text) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text) node.textContent = text;
    return node;
  }

  // ---- toast: a sentence that goes by itself, or stays when it is an error
  function toast(text, tone = "good") {
    const box = element("div", `zt-toast zt-toast--${tone}`);
    box.append(element("p", "", text));
    const close = element("button", "zt-icon-button", "×");
    close.type = "button";
    close.setAttribute("aria-label", words.close);
    close.onclick = () => box.remove();
    box.append(close);
    $("#zt-toasts")?.append(box);
    setTimeout(() => box.remove(), tone === "bad" ? 20000 : 5000);
  }

  // ---- dialogs: data-confirm="sentence" on a form or button; data-dialog="id" opens <dialog id>
  function ask(sentence, danger) {
    return new Promise((resolve) => {
      const dialog = element("dialog", "zt-dialog");
      const text = element("p", "zt-lead", sentence);
      text.id = "zt-ask";
      dialog.setAttribute("aria-labelledby", "zt-ask");
      const row = element("div", "zt-dialog__actions");
      const no = element("button", "zt-btn zt-btn--quiet", words.cancel);
      const yes = element("button", danger ? "zt-btn zt-btn--danger" : "zt-btn", words.confirm);
      no.type = yes.type = "button";
      no.onclick = () => dialog.close("");
      yes.onclick = () => dialog.close("yes");
      row.append(no, yes);
      dialog.append(text, row);
      dialog.onclose = () => { resolve(dialog.returnValue === "yes"); dialog.remove(); };
      document.body.append(dialog);
      dialog.showModal();
      (danger ? no : yes).focus();
    });
  }
  document.addEventListener("submit", async (event) => {
    const form = event.target, button = event.submitter;
    const sentence = button?.dataset.confirm ?? form.dataset.confirm;
    if (!sentence || form.dataset.confirmed || form.hasAttribute("hx-post")) return;
    event.preventDefault();
    if (await ask(sentence, "danger" in (button?.dataset ?? {}))) {
      form.dataset.confirmed = "1";
      form.requestSubmit(button ?? undefined);
      delete form.dataset.confirmed;
    }
  }, true);
  document.addEventListener("htmx:confirm", (event) => {
    const sentence = event.target.dataset?.confirm;
    if (!sentence) return;
    event.preventDefault();
    ask(sentence, "danger" in event.target.dataset).then((yes) => yes && event.detail.issueRequest(true));
  });

  // ---- theme: follows the system until somebody chooses
  function chooseTheme() {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = document.body.dataset.weuiTheme = dark ? "light" : "dark";
    document.cookie = `zt_theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax`;
    dispatchEvent(new CustomEvent("zt:theme", { detail: root.dataset.theme }));
  }

  // ---- keyboard
  function showKeys() {
    const dialog = element("dialog", "zt-keys");
    const title = element("h2", "", words.keys);
    title.id = "zt-keys-title";
    dialog.setAttribute("aria-labelledby", title.id);
    const list = element("dl", "zt-facts");
    const rows = [["/", words.keyScan], ["?", words.keyHelp], ["Esc", words.keyClose]];
    for (const el of $$("[data-key]")) rows.push([el.dataset.key, el.getAttribute("aria-label") || el.textContent.trim()]);
    for (const [key, text] of rows) {
      const row = element("div"), term = element("dt");
      term.append(element("kbd", "", key));
      row.append(term, element("dd", "", text));
      list.append(row);
    }
    const row = element("div", "zt-dialog__actions"), close = element("button", "zt-btn", words.close);
    close.type = "button";
    close.onclick = () => dialog.close();
    row.append(close);
    dialog.append(title, list, row);
    dialog.onclose = () => dialog.remove();
    document.body.append(dialog);
    dialog.showModal();
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || $("dialog[open]")) return;
    if (typing(event.target)) {
      if (event.key === "Escape" && event.target.matches("[data-scan]")) event.target.value = "";
      return;
    }
    if (event.key === "/") { const box = $("[data-scan]"); if (box) { event.preventDefault(); box.focus(); box.select(); } }
    else if (event.key === "?") { event.preventDefault(); showKeys(); }
    else {
      const target = $$("[data-key]").find((el) => el.dataset.key === event.key);
      if (target) { event.preventDefault(); target.click(); }
    }
  });

  // ---- scan boxes: a scanner types fast and ends with Enter; the box keeps the focus and empties itself
  function readyScan(input) {
    if (input.dataset.ready) return;
    input.dataset.ready = "1";
    if (input.dataset.scan !== "quiet" && !typing(document.activeElement)) input.focus({ preventScroll: true });
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      input.value = input.value.trim();
      if (!input.value) event.preventDefault();
      else input.dispatchEvent(new CustomEvent("zt:scan", { bubbles: true, cancelable: true, detail: input.value })) || event.preventDefault();
    });
    input.form?.addEventListener("htmx:afterRequest", () => { input.value = ""; input.focus({ preventScroll: true }); });
  }
  document.addEventListener("focusout", () => setTimeout(() => {
    const keeper = $("[data-scan=keep]");
    if (keeper && document.activeElement === document.body && !$("dialog[open]")) keeper.focus({ preventScroll: true });
  }, 150));

  // ---- uploads: names and sizes of what was chosen, a limit (data-max-mb), progress while sending
  function readyUpload(box) {
    if (box.dataset.ready) return;
    box.dataset.ready = "1";
    const input = $("input[type=file]", box), list = $(".zt-upload__list", box);
    if (!input || !list) return;
    input.addEventListener("change", () => {
      const limit = Number(box.dataset.maxMb || input.dataset.maxMb || 0);
      list.replaceChildren(...[...input.files].map((file) => {
        const row = element("li"), mb = file.size / 1048576;
        const big = limit && mb > limit;
        row.append(element("span", "", file.name), element("span", "", mb < 0.1 ? `${Math.ceil(file.size / 1024)} KB` : `${mb.toFixed(1)} MB`));
        if (big) row.append(element("span", "zt-error", words.tooBig));
        return row;
      }));
      input.setCustomValidity(limit && [...input.files].some((f) => f.size > limit * 1048576) ? words.tooBig : "");
    });
    for (const [name, on] of [["dragenter", 1], ["dragleave", 0], ["drop", 0]]) input.addEventListener(name, () => box.classList.toggle("is-over", !!on));
  }
  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = $("progress[data-upload-progress]", event.target.closest("form") ?? document);
    if (bar && event.detail.lengthComputable) { bar.hidden = false; bar.max = event.detail.total; bar.value = event.detail.loaded; }
  });

  // ---- htmx: say what a refused request was told
  document.addEventListener("htmx:responseError", (event) => {
    const xhr = event.detail.xhr;
    let text = words.error;
    try {
      const problem = JSON.parse(xhr.responseText);
      text = [problem.detail || problem.title, ...Object.values(problem.errors ?? {}).flat()].filter(Boolean).join(" ");
    } catch { /* not a problem document: the plain word will do */ }
    toast(text || words.error, "bad");
  });
  document.addEventListener("htmx:sendError", () => toast(words.offline, "bad"));
  document.addEventListener("zt:toast", (event) => toast(event.detail.value ?? event.detail.text, event.detail.tone));

  // ---- clicks
  document.addEventListener("click", (event) => {
    const hit = (selector) => event.target.closest(selector);
    let el;
    if (hit("[data-theme-toggle]")) chooseTheme();
    else if (hit("[data-keys]")) showKeys();
    else if (hit("[data-back]")) history.back();
    else if (hit("[data-print]")) print();
    else if ((el = hit("[data-dialog]"))) { event.preventDefault(); document.getElementById(el.dataset.dialog)?.showModal(); }
    else if ((el = hit("[data-close]"))) el.closest("dialog")?.close();
    else if ((el = hit("[data-toggle]"))) {
      const open = document.getElementById(el.dataset.toggle)?.classList.toggle("is-open");
      el.setAttribute("aria-expanded", String(!!open));
    } else if ((el = hit("[data-copy]"))) navigator.clipboard?.writeText(el.dataset.copy).then(() => toast(words.copied));
  });
  document.addEventListener("change", (event) => { if (event.target.matches("[data-autosubmit]")) event.target.form?.requestSubmit(); });

  function ready(root) {
    $$("[data-scan]", root).forEach(readyScan);
    $$("[data-upload]", root).forEach(readyUpload);
    $("[data-focus]", root)?.focus();
  }
  document.addEventListener("htmx:load", (event) => ready(event.target));
  ready(document);
  window.zerotrip = { toast, ask };
})();
