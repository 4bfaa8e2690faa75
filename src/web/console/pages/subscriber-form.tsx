/** Who has a phone, and what they can pay with: as a form in kroner, and back to the API's øre. */

import type { Answer } from "../api.ts";
import { toMinorUnits } from "../ui/form-kinds.ts";
import { dayInNorway } from "../ui/phone-time.tsx";

/** What a lookup tells, in the order of the form. */
const TOLD = [
  ["firstName", "First name"],
  ["middleName", "Middle name"],
  ["lastName", "Last name"],
  ["companyName", "Company"],
  ["companyOrgNo", "Organisation number"],
  ["streetName", "Street"],
  ["streetNumber", "Number"],
  ["streetLetter", "Letter"],
  ["zipCode", "Postcode"],
  ["city", "City"],
  ["gender", "Gender"],
  ["landline", "Landline"],
  ["deceasedDate", "Died on"],
] as const;

/** The operators of the simulated network; any other name may be given. */
const OPERATORS = ["no.telenor", "no.telia", "no.ice"];

export type Subscriber = Answer<"GET /sandbox/v1/subscribers/{msisdn}">;

/** @param now the sandbox's time, ISO */
export function subscriberForm(subscriber: Subscriber, action: string, now: string) {
  const { registered, standing, barred, birthDate, operator } = subscriber;
  const name = [subscriber.firstName, subscriber.middleName, subscriber.lastName].filter(Boolean).join(" ");
  return (
    <section class="box" aria-labelledby="subscriber">
      <h2 id="subscriber">Subscriber</h2>
      <form method="post" action={action} class="fields">
        <p class="field">
          <label for="registered">Registered</label>
          <select id="registered" name="registered">
            {option("yes", "yes", registered && !standing)}
            {option("partial", "in part", registered && standing === "partial")}
            {option("no", "no", !registered)}
          </select>
        </p>
        <p class="field">
          <label for="birthDate">Born</label>
          <input id="birthDate" name="birthDate" type="date" value={birthDate ?? ""} aria-describedby="age" />
          <span id="age" class="hint">
            {ageOf(birthDate, dayInNorway(now))}
          </span>
        </p>
        <p class="field">
          <label for="operator">Operator</label>
          <input id="operator" name="operator" list="operators" value={operator ?? ""} maxlength={50} />
          <datalist id="operators">
            {OPERATORS.map((one) => (
              <option value={one} />
            ))}
          </datalist>
        </p>
        <p class="field check">
          <input id="barred" name="barred" type="checkbox" value="yes" checked={barred} />
          <label for="barred">Barred: may not be charged</label>
        </p>
        {wallet(subscriber)}
        <details>
          <summary>Name and address{name && `: ${name}`}</summary>
          <div class="fields told">
            {TOLD.map(([field, label]) => (
              <p class="field">
                <label for={field}>{label}</label>
                <input id={field} name={field} value={subscriber[field] ?? ""} maxlength={200} autocomplete="off" />
              </p>
            ))}
          </div>
        </details>
        <p class="actions">
          <button type="submit">Save</button>
          <button type="submit" class="quiet" formaction={`${action}/default`} formnovalidate>
            Back to default
          </button>
        </p>
      </form>
    </section>
  );
}

function wallet({ prepaidBalance, monthlyLimit, yearlyLimit }: Subscriber) {
  const isPrepaid = prepaidBalance !== undefined;
  const shown = kroner(prepaidBalance);
  return (
    <fieldset>
      <legend>Pays</legend>
      <p class="field check">
        <input id="inAdvance" type="radio" name="pays" value="in-advance" checked={isPrepaid} />
        <label for="inAdvance">in advance</label>
      </p>
      {amount("in-advance", "balance", "Left, in kroner", shown)}
      <input type="hidden" name="balanceShown" value={shown} />
      <p class="field check">
        <input id="byBill" type="radio" name="pays" value="by-bill" checked={!isPrepaid} />
        <label for="byBill">by a phone bill</label>
      </p>
      {amount("by-bill", "monthlyLimit", "Most in a month", kroner(monthlyLimit), "no limit")}
      {amount("by-bill", "yearlyLimit", "Most in a year", kroner(yearlyLimit), "no limit")}
    </fieldset>
  );
}

function amount(way: string, name: string, label: string, value: string, placeholder?: string) {
  return (
    <p class={`field ${way}`}>
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        inputmode="decimal"
        pattern="(\d{1,9}|\d{1,3}(\s\d{3}){1,2})([.,]\d{1,2})?"
        title="kroner, like 100 or 99.50"
        placeholder={placeholder}
        value={value}
        size={10}
      />
    </p>
  );
}

function option(value: string, label: string, isChosen: boolean) {
  return (
    <option value={value} selected={isChosen}>
      {label}
    </option>
  );
}

type Form = Record<string, unknown>;

/**
 * The profile as the form says it. A balance that was not touched is what it is by now: the phone may have paid since.
 * @param known as it is by now; @throws ApiError of an amount that is none
 */
export function toProfile(form: Form, known: Subscriber): Record<string, unknown> {
  const said = (name: string) => String(form[name] ?? "").trim();
  const isUntouched = said("balance") === said("balanceShown") && known.prepaidBalance !== undefined;
  const limit = (name: string) => (said(name) === "" ? null : toMinorUnits(said(name), name, "NOK"));
  return {
    registered: said("registered") !== "no",
    ...(said("registered") === "partial" ? { standing: "partial" } : {}),
    barred: said("barred") === "yes",
    birthDate: said("birthDate") || null,
    ...(said("operator") ? { operator: said("operator") } : {}),
    ...(said("pays") === "in-advance"
      ? { prepaidBalance: isUntouched ? known.prepaidBalance : toMinorUnits(said("balance") || "0", "balance", "NOK") }
      : { monthlyLimit: limit("monthlyLimit"), yearlyLimit: limit("yearlyLimit") }),
    ...Object.fromEntries(TOLD.flatMap(([name]) => (said(name) ? [[name, said(name)]] : []))),
  };
}

/** "100", or "99.50"; nothing where there is no amount. */
function kroner(minor: number | null | undefined): string {
  if (minor === null || minor === undefined) return "";
  return minor % 100 === 0 ? String(minor / 100) : (minor / 100).toFixed(2);
}

/** In words. @param today a day, as the birth date is */
export function ageOf(birthDate: string | null, today: string): string {
  if (!birthDate) return "age unknown";
  return birthDate > today ? "not born yet" : `${yearsBetween(birthDate, today)} years old`;
}

/** How many birthdays there were. */
function yearsBetween(from: string, to: string): number {
  const years = Number(to.slice(0, 4)) - Number(from.slice(0, 4));
  return to.slice(5) < from.slice(5) ? years - 1 : years;
}
