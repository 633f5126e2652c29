// Reads QR codes from the camera with the zxing reader that this service serves itself.

/* global ZXingWASM */

const EVERY = 150;
const WIDEST = 1280;
const FAULTS = { NotAllowedError: "refused", SecurityError: "refused", NotFoundError: "missing", OverconstrainedError: "missing" };

export class CameraFault extends Error {}

function prepareReader() {
  // Without this the reader would fetch its program from a public CDN, which the page's policy forbids anyway.
  return ZXingWASM.prepareZXingModule({
    overrides: { locateFile: (file) => `/static/vendor/zxing-wasm/${file}` },
    fireImmediately: true,
  });
}

async function openCamera() {
  if (!navigator.mediaDevices) throw new CameraFault("insecure");
  try {
    return await navigator.mediaDevices.getUserMedia({
      video: { facingMode: { ideal: "environment" }, width: { ideal: WIDEST } },
    });
  } catch (cause) {
    throw new CameraFault(FAULTS[cause.name] || "failed");
  }
}

// Starts the camera and calls `onText` for every code in sight, again and again, with the moment it was seen; `onEnd` when
// the camera goes away.
export async function scanWith(video, { onText, onEnd }) {
  const stream = await openCamera();
  const canvas = document.createElement("canvas");
  const pencil = canvas.getContext("2d", { willReadFrequently: true });
  let running = true;

  function stop() {
    running = false;
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  }

  async function look() {
    if (!running) return;
    if (video.videoWidth) {
      const seenAt = performance.now();
      const scale = Math.min(1, WIDEST / video.videoWidth);
      canvas.width = Math.round(video.videoWidth * scale);
      canvas.height = Math.round(video.videoHeight * scale);
      pencil.drawImage(video, 0, 0, canvas.width, canvas.height);
      const picture = pencil.getImageData(0, 0, canvas.width, canvas.height);
      const found = await ZXingWASM.readBarcodes(picture, { formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: 1 });
      if (running && found.length && found[0].isValid) onText(found[0].text, seenAt);
    }
    setTimeout(look, EVERY);
  }

  try {
    await prepareReader();
    video.srcObject = stream;
    await video.play();
  } catch {
    stop();
    throw new CameraFault("failed");
  }
  stream.getVideoTracks()[0].addEventListener("ended", () => {
    if (!running) return;
    stop();
    onEnd();
  });
  look();
  return stop;
}
