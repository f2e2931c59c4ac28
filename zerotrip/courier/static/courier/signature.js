// The signature pad: a finger draws on the canvas, and what was drawn goes into the hidden field as a PNG.
(() => {
  "use strict";
  for (const pad of document.querySelectorAll("[data-sign]")) {
    const canvas = pad.querySelector("canvas"), pen = canvas.getContext("2d");
    const field = document.getElementById(pad.dataset.sign);
    let last = null;
    const blank = () => {
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      Object.assign(pen, { lineWidth: 5, lineCap: "round", lineJoin: "round", strokeStyle: "#111", fillStyle: "#111" });
      pad.classList.remove("is-signed");
      field.value = "";
    };
    const at = (event) => {
      const box = canvas.getBoundingClientRect();
      return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height];
    };
    const draw = (to) => {
      pen.beginPath();
      pen.moveTo(...last);
      pen.lineTo(...to);
      pen.stroke();
      last = to;
    };
    canvas.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      last = at(event);
      draw(last);
      pad.classList.add("is-signed");
    });
    canvas.addEventListener("pointermove", (event) => { if (last) for (const one of event.getCoalescedEvents?.() ?? [event]) draw(at(one)); });
    const lift = () => { if (last) { last = null; field.value = canvas.toDataURL("image/png"); } };
    canvas.addEventListener("pointerup", lift);
    canvas.addEventListener("pointercancel", lift);
    pad.querySelector("[data-sign-clear]").addEventListener("click", blank);
    const drawn = field.value;
    blank();
    if (drawn.startsWith("data:image/png;base64,")) {  // a form that was refused keeps its signature
      const picture = new Image();
      picture.onload = () => { pen.drawImage(picture, 0, 0); pad.classList.add("is-signed"); field.value = drawn; };
      picture.src = drawn;
    }
  }
})();
