/** Version 2 is keyed by customer. Open invoices get the attribute of the index; the others are paid. */
export default function toVersion2({ paid, ...invoice }) {
  if (invoice.customer === undefined) throw new Error("an invoice without a customer");
  if (paid?.BOOL === undefined) throw new Error("an invoice that is neither paid nor open");
  return paid.BOOL ? invoice : { ...invoice, openUntil: invoice.due };
}
