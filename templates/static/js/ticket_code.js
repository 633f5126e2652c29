// The code on an admission ticket, read and verified on this tablet alone: COSE_Sign1 (RFC 9052) with ES256, in base45
// (RFC 9285), prefixed "EX1:". The counterpart of the service's rules/ticket_code.py: only the one form that it writes.

const PREFIX = "EX1:";
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const VALUES = new Map([...ALPHABET].map((letter, value) => [letter, value]));
const VERSION = 1;
const SIGNATURE = 64;
const ES256 = { name: "ECDSA", hash: "SHA-256" };
// Tag 18, an array of four; the protected header {1: -7} as bytes; no unprotected header.
const PROTECTED = [0x43, 0xa1, 0x01, 0x26];
const HEAD = [0xd2, 0x84, ...PROTECTED, 0xa0];
// ["Signature1", protected header, no external data, payload]: what is signed.
const SIGNED = [0x84, 0x6a, ...new TextEncoder().encode("Signature1"), ...PROTECTED, 0x40];

export class Unreadable extends Error {}

// Characters by threes are two bytes each, a last pair is one byte; any other length or value is not base45.
export function fromBase45(text) {
  const bytes = [];
  for (let start = 0; start < text.length; start += 3) {
    const values = [...text.slice(start, start + 3)].map((letter) => VALUES.get(letter));
    if (values.length === 1 || values.includes(undefined)) throw new Unreadable("base45");
    const number = values.reduce((sum, value, place) => sum + value * 45 ** place, 0);
    if (number >= 256 ** (values.length - 1)) throw new Unreadable("base45");
    if (values.length === 3) bytes.push(number >> 8);
    bytes.push(number & 0xff);
  }
  return new Uint8Array(bytes);
}

// The little of CBOR (RFC 8949) that a ticket uses, in its shortest form and no other.
class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.place = 0;
  }

  take(length) {
    if (this.place + length > this.bytes.length) throw new Unreadable("short");
    this.place += length;
    return this.bytes.subarray(this.place - length, this.place);
  }

  expect(expected) {
    const found = this.take(expected.length);
    if (!expected.every((byte, place) => found[place] === byte)) throw new Unreadable("form");
  }

  // The number in the head of an item of this major type.
  head(major) {
    const [first] = this.take(1);
    if (first >> 5 !== major) throw new Unreadable("type");
    const short = first & 0x1f;
    if (short < 24) return short;
    if (short > 27) throw new Unreadable("length");
    const size = 2 ** (short - 24);
    const number = this.take(size).reduce((sum, byte) => sum * 256 + byte, 0);
    const smallest = size === 1 ? 24 : 256 ** (size / 2);
    if (number < smallest || !Number.isSafeInteger(number)) throw new Unreadable("number");
    return number;
  }

  end() {
    if (this.place !== this.bytes.length) throw new Unreadable("more");
  }
}

function numbersOf(payload) {
  const reader = new Reader(payload);
  reader.expect([0x85]);
  const numbers = Array.from({ length: 5 }, () => reader.head(0));
  reader.end();
  return numbers;
}

function headOf(length) {
  if (length < 24) return [0x40 | length];
  return length < 256 ? [0x58, length] : [0x59, length >> 8, length & 0xff];
}

export function publicKey(jwk) {
  const { kty, crv, x, y } = jwk;
  return crypto.subtle.importKey("jwk", { kty, crv, x, y }, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
}

// What a scanned text says: {sitting, seat, issue, expires (Unix seconds)}; throws Unreadable on anything we did not sign.
export async function decode(text, key) {
  if (!text.startsWith(PREFIX)) throw new Unreadable("prefix");
  const reader = new Reader(fromBase45(text.slice(PREFIX.length)));
  reader.expect(HEAD);
  const payload = reader.take(reader.head(2));
  const signature = reader.take(reader.head(2));
  reader.end();
  if (signature.length !== SIGNATURE || payload.length > 0xffff) throw new Unreadable("form");

  const signed = new Uint8Array([...SIGNED, ...headOf(payload.length), ...payload]);
  if (!(await crypto.subtle.verify(ES256, key, signature, signed))) throw new Unreadable("signature");
  const [version, sitting, seat, issue, expires] = numbersOf(payload);
  if (version !== VERSION) throw new Unreadable("version");
  return { sitting, seat, issue, expires };
}
