/** The test vectors of RFC 4226 (Appendix D, with its intermediate HMACs) and RFC 6238 (Appendix B). */

/** RFC 4226, Appendix D: secret 0x3132333435363738393031323334353637383930. */
export const hotpVectors: readonly (readonly [counter: number, hmac: string, code: string])[] = [
  [0, 'cc93cf18508d94934c64b65d8ba7667fb7cde4b0', '755224'],
  [1, '75a48a19d4cbe100644e8ac1397eea747a2d33ab', '287082'],
  [2, '0bacb7fa082fef30782211938bc1c5e70416ff44', '359152'],
  [3, '66c28227d03a2d5529262ff016a1e6ef76557ece', '969429'],
  [4, 'a904c900a64b35909874b33e61c5938a8e15ed1c', '338314'],
  [5, 'a37e783d7b7233c083d4f62926c7a25f238d0316', '254676'],
  [6, 'bc9cd28561042c83f219324d3c607256c03272ae', '287922'],
  [7, 'a4fb960c0bc06e1eabb804e5b397cdc4b45596fa', '162583'],
  [8, '1b3c89f65e6c9e883012052823443f048b4332db', '399871'],
  [9, '1637409809a679dc698207310c8c7fc07290d9e5', '520489'],
]

/** RFC 6238, Appendix B: eight digits; the seeds of SHA-256 and SHA-512 are 32 and 64 bytes long (errata 2866). */
export const totpVectors: readonly (readonly [
  seconds: number,
  algorithm: 'SHA-1' | 'SHA-256' | 'SHA-512',
  code: string,
])[] = [
  [59, 'SHA-1', '94287082'],
  [59, 'SHA-256', '46119246'],
  [59, 'SHA-512', '90693936'],
  [1111111109, 'SHA-1', '07081804'],
  [1111111109, 'SHA-256', '68084774'],
  [1111111109, 'SHA-512', '25091201'],
  [1111111111, 'SHA-1', '14050471'],
  [1111111111, 'SHA-256', '67062674'],
  [1111111111, 'SHA-512', '99943326'],
  [1234567890, 'SHA-1', '89005924'],
  [1234567890, 'SHA-256', '91819424'],
  [1234567890, 'SHA-512', '93441116'],
  [2000000000, 'SHA-1', '69279037'],
  [2000000000, 'SHA-256', '90698825'],
  [2000000000, 'SHA-512', '38618901'],
  [20000000000, 'SHA-1', '65353130'],
  [20000000000, 'SHA-256', '77737706'],
  [20000000000, 'SHA-512', '47863826'],
]

/** The RFCs' seed, repeated to the length asked for. */
export function seedOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => '1234567890'.charCodeAt(index % 10))
}

export const seedLength = { 'SHA-1': 20, 'SHA-256': 32, 'SHA-512': 64 } as const

/** The eight bytes that HOTP hashes (RFC 4226, 5.1). */
export function counterBytes(counter: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(counter))
  return bytes
}
