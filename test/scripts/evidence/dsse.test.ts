import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  Defect,
  keyId,
  openEnvelope,
  preAuthenticationEncoding,
  sealEnvelope,
} from "../../../scripts/evidence/dsse";

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const TYPE = "application/x";

function opens(bytes: Uint8Array, type = TYPE, key = publicKey): unknown {
  try {
    return openEnvelope(bytes, type, key).toString();
  } catch (error) {
    return error;
  }
}

describe("DSSE", () => {
  it("encodes what is signed as the protocol's own example", () => {
    const encoded = preAuthenticationEncoding("http://example.com/HelloWorld", Buffer.from("hello world"));
    expect(encoded.toString()).toBe("DSSEv1 29 http://example.com/HelloWorld 11 hello world");
  });

  it("counts bytes, not characters", () => {
    expect(preAuthenticationEncoding("类", Buffer.from("好")).toString()).toBe("DSSEv1 3 类 3 好");
  });

  it("makes envelopes that another implementation can read and verify", () => {
    const envelope = JSON.parse(sealEnvelope(TYPE, Buffer.from("好"), privateKey).toString());
    expect(envelope).toEqual({
      payloadType: TYPE,
      payload: "5aW9",
      signatures: [{ keyid: keyId(publicKey), sig: expect.stringMatching(/^[A-Za-z0-9+/]{86}==$/) }],
    });
    const signature = Buffer.from(envelope.signatures[0].sig, "base64");
    expect(verify(null, Buffer.from("DSSEv1 13 application/x 3 好"), publicKey, signature)).toBe(true);
  });

  it("gives a private key and its public half one fingerprint", () => {
    expect(keyId(privateKey)).toBe(keyId(createPublicKey(privateKey)));
  });

  it("gives back any payload, and refuses it after any change of any byte", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (payload, at, bits) => {
          const envelope = sealEnvelope(TYPE, payload, privateKey);
          expect(Buffer.from(payload).equals(openEnvelope(envelope, TYPE, publicKey))).toBe(true);
          const changed = Buffer.from(envelope);
          changed[at % changed.length]! ^= bits;
          expect(opens(changed)).toBeInstanceOf(Defect);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    ["another type", "text/plain", publicKey],
    ["another key", TYPE, generateKeyPairSync("ed25519").publicKey],
  ])("refuses %s, saying what was found and what was expected", (_, type, key) => {
    const error = opens(sealEnvelope(TYPE, Buffer.from("x"), privateKey), type, key);
    expect(error).toMatchObject({ found: expect.stringMatching(/./), expected: expect.stringMatching(/./) });
  });

  it("refuses a second signature, a missing one, and one by another key under this key's name", () => {
    const envelope = JSON.parse(sealEnvelope(TYPE, Buffer.from("x"), privateKey).toString());
    const [own] = envelope.signatures;
    const foreign = JSON.parse(
      sealEnvelope(TYPE, Buffer.from("x"), generateKeyPairSync("ed25519").privateKey).toString(),
    ).signatures[0];
    for (const signatures of [[own, foreign], [], [{ ...foreign, keyid: own.keyid }], "x", [null]]) {
      expect(opens(Buffer.from(`${JSON.stringify({ ...envelope, signatures })}\n`))).toBeInstanceOf(Defect);
    }
  });
});
