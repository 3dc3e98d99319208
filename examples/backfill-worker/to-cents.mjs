/** Orders of version 2 keep whole cents, where version 1 kept euros as text. */
export default function toCents({ total, ...order }) {
  return { ...order, totalCents: { N: String(Math.round(Number(total.S) * 100)) } };
}
