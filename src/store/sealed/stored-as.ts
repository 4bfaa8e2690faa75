/** What a statement stores of a person, by what their account wants at that moment: given both ways, it takes one. */

/** SQL for one value. */
type Sql = string;

/** Whether an account wants its numbers and texts sealed. */
export function wantsSealed(account: Sql): Sql {
  return `(SELECT account.settings->>'sealed' FROM account WHERE account.id = ${account})`;
}

/** @param sealed NULL where nothing can be sealed */
export function storedAs(account: Sql, { plain, sealed }: { plain: Sql; sealed: Sql }): Sql {
  return `iif(${wantsSealed(account)}, coalesce(${sealed}, ${plain}), ${plain})`;
}

/** The number in each form in which it may be stored, for IN. @param forms a JSON list of them, or NULL */
export function eachForm(plain: Sql, forms: Sql): Sql {
  return `(SELECT ${plain} UNION ALL SELECT form.value FROM json_each(${forms}) AS form)`;
}
