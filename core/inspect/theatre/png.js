// Pixels as a PNG in an address, without a canvas: for the few pixels of a card's picture a canvas
// and its compression would take more time than all else of the card.
// Invariant: the pixels are stored as they are, in blocks of at most 65,535 bytes.
// Source: RFC 2083 (PNG), RFC 1950 and 1951 (stored blocks). Read before: planes.js. Read next:
// strip.js.
const mostBytes = 65535;
const remainders = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; ++k) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

function pngChunk(out, name, data) {
  const big = (n) => out.push(n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255);
  big(data.length);
  const first = out.length;
  for (const letter of name) out.push(letter.charCodeAt(0));
  for (const byte of data) out.push(byte);
  let crc = 0xffffffff;
  for (let i = first; i < out.length; ++i) crc = remainders[(crc ^ out[i]) & 255] ^ (crc >>> 8);
  big(~crc >>> 0);
}

// image: {width, height, data: four bytes a pixel}, as an ImageData.
export function pngOf({ width, height, data }) {
  const row = 4 * width, raw = new Uint8Array(height * (row + 1));  // a 0 before each row: as it is
  for (let y = 0; y < height; ++y)
    raw.set(data.subarray(y * row, (y + 1) * row), y * (row + 1) + 1);
  const packed = [0x78, 1];
  let a = 1, b = 0;
  for (let at = 0; at < raw.length; at += mostBytes) {
    const piece = raw.subarray(at, at + mostBytes), { length } = piece;
    packed.push(Number(at + length === raw.length), length & 255, length >> 8, ~length & 255,
      (~length >> 8) & 255);
    for (const byte of piece) {
      packed.push(byte);
      a = (a + byte) % 65521;
      b = (b + a) % 65521;
    }
  }
  packed.push(b >> 8, b & 255, a >> 8, a & 255);
  const out = [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10];
  pngChunk(out, 'IHDR', [width >> 24, (width >> 16) & 255, (width >> 8) & 255, width & 255,
    height >> 24, (height >> 16) & 255, (height >> 8) & 255, height & 255, 8, 6, 0, 0, 0]);
  pngChunk(out, 'IDAT', packed);
  pngChunk(out, 'IEND', []);
  let text = '';
  for (const byte of out) text += String.fromCharCode(byte);
  return `data:image/png;base64,${btoa(text)}`;
}
