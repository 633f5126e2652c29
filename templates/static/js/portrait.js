// An identity photograph from whatever a camera gave: 358 × 441, cut from the middle, as JPEG and without where it was taken.

const WIDTH = 358;
const HEIGHT = 441;
const QUALITY = 0.85;

// Null where the browser cannot read it; the service says then what is wrong with the file.
export async function portrait(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    return null;
  }
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const scale = Math.max(WIDTH / bitmap.width, HEIGHT / bitmap.height);
  const [across, down] = [bitmap.width * scale, bitmap.height * scale];
  const brush = canvas.getContext("2d");
  // What was transparent would turn black.
  brush.fillStyle = "#fff";
  brush.fillRect(0, 0, WIDTH, HEIGHT);
  brush.drawImage(bitmap, (WIDTH - across) / 2, (HEIGHT - down) / 2, across, down);
  bitmap.close();
  const blob = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", QUALITY); });
  return blob && new File([blob], "photo.jpg", { type: "image/jpeg" });
}
