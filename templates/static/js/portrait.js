// An identity photograph from whatever a camera gave: 358 × 441, cut from the middle, as JPEG and without where it was taken.

const WIDTH = 358;
const HEIGHT = 441;
// The first that makes it small enough; a face is known in the last, too.
const QUALITIES = [0.85, 0.7, 0.55, 0.4];

// `most` is how many bytes travel to the tablets. Null where the browser cannot read it; the service says then what is wrong with the file.
export async function portrait(file, most) {
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
  let blob = null;
  for (const quality of QUALITIES) {
    blob = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", quality); });
    if (blob && blob.size <= most) break;
  }
  return blob && new File([blob], "photo.jpg", { type: "image/jpeg" });
}
