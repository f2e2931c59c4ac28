// Reading a barcode or QR code with the camera into an input: <button data-camera="id of the input">.
(() => {
  "use strict";
  const FORMATS = ["code_128", "qr_code", "code_39", "ean_13", "data_matrix"];
  const words = document.getElementById("zt-words")?.dataset ?? {};
  let detector;

  function load(address) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
  }

  // The ponyfill would fetch its wasm from a public server: point it at ours.
  async function makeDetector() {
    if (detector) return detector;
    if (!window.BarcodeDetectionAPI) await load(document.body.dataset.ponyfill);
    const api = window.BarcodeDetectionAPI;
    const wasm = document.body.dataset.wasm;
    api.prepareZXingModule({ overrides: { locateFile: (path, prefix) => (path.endsWith(".wasm") ? wasm : prefix + path) } });
    detector = new api.BarcodeDetector({ formats: FORMATS });
    return detector;
  }

  function fill(input, value) {
    input.value = value;
    input.focus();
    input.dispatchEvent(new Event("input", { bubbles: true }));
    const go = input.dispatchEvent(new CustomEvent("zt:scan", { bubbles: true, cancelable: true, detail: value }));
    if (go && input.dataset.scan !== undefined && input.form && !("manual" in input.dataset)) input.form.requestSubmit();
  }

  async function scan(input) {
    const dialog = document.createElement("dialog");
    dialog.className = "zt-camera";
    dialog.innerHTML = '<p class="zt-lead" id="zt-camera-title"></p><video playsinline muted></video><div class="zt-dialog__actions"><button type="button" class="zt-btn zt-btn--quiet"></button></div>';
    dialog.setAttribute("aria-labelledby", "zt-camera-title");
    dialog.querySelector("p").textContent = words.camera;
    const video = dialog.querySelector("video"), close = dialog.querySelector("button");
    close.textContent = words.cancel;
    close.onclick = () => dialog.close();
    document.body.append(dialog);
    dialog.showModal();
    let stream, open = true;
    dialog.onclose = () => { open = false; stream?.getTracks().forEach((t) => t.stop()); dialog.remove(); };
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } }, audio: false });
      if (!open) return stream.getTracks().forEach((t) => t.stop());
      video.srcObject = stream;
      await video.play();
      const reader = await makeDetector();
      while (open) {
        const found = video.readyState >= 2 ? await reader.detect(video) : [];
        if (found.length) {
          navigator.vibrate?.(60);
          dialog.close();
          fill(input, found[0].rawValue.trim());
        } else await new Promise((r) => setTimeout(r, 120));
      }
    } catch {
      if (open) { dialog.close(); window.zerotrip?.toast(words.cameraDenied, "bad"); }
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-camera]");
    const input = button && document.getElementById(button.dataset.camera);
    if (input) scan(input);
  });
  window.zerotripCamera = { makeDetector };
})();
