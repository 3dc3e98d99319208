/** Version 2 keeps whole cents, where version 1 keeps euros as text. */
export default function toVersion2({ total, ...order }) {
  return { ...order, totalCents: { N: String(Math.round(Number(total.S) * 100)) } };
}
