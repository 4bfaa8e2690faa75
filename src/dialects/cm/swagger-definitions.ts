/** The shapes of the JSON gateway, as Swagger has them. Names in CM's own words. */

/** A request as it may be sent, once it has a token of one's own. */
export const EXAMPLE = {
  messages: {
    authentication: { productToken: "00000000-0000-0000-0000-000000000000" },
    msg: [
      {
        from: "Shop",
        to: [{ number: "004798079008" }],
        body: { type: "auto", content: "Your parcel is here" },
        reference: "order7",
        customGrouping: "parcels",
      },
    ],
  },
};

const text = (description: string) => ({ type: "string", description });
const whole = (description: string) => ({ type: "integer", format: "int32", description });
const decimal = (description: string) => ({ type: "number", format: "double", description });
const yes = (description: string) => ({ type: "boolean", description });
const one = (name: string) => ({ $ref: `#/definitions/${name}` });
const many = (items: unknown, description: string) => ({ type: "array", description, items });
const object = (properties: Record<string, unknown>, required: readonly string[] = []) => ({
  type: "object",
  properties,
  ...(required.length > 0 ? { required } : {}),
});

const request = {
  MessageEnvelope: object({ messages: one("Messages") }, ["messages"]),
  Messages: object({ authentication: one("Authentication"), msg: many(one("Message"), "1 to 1000 messages") }, ["msg"]),
  Authentication: object({ productToken: text("Whose messages these are; or in the header X-CM-PRODUCTTOKEN") }),
  Message: object(
    {
      from: text("The sender: up to 11 letters and digits, or up to 16 digits"),
      to: many(one("Recipient"), "The recipients"),
      body: one("MessageBody"),
      dcs: whole("0 for the GSM alphabet, 8 for UCS-2"),
      reference: text("The customer's own, repeated in answers and reports"),
      minimumNumberOfMessageParts: whole("Together with the maximum"),
      maximumNumberOfMessageParts: whole("The most parts that the text may need"),
      appKey: text("Of the app that is pushed to"),
      allowedChannels: many(text("Like SMS, WhatsApp or RCS"), "The channels it may go by; all, where none is named"),
      richContent: one("RichContent"),
      customGrouping: text("Up to 100 characters, to find it again by"),
      customGrouping2: text("Likewise"),
      customGrouping3: text("Likewise"),
      validity: text("Until when it may be delivered, like 2h or 2026-12-24 18:00:00 GMT"),
    },
    ["from", "to", "body"],
  ),
  Recipient: object({ number: text("With 00 and its country code") }, ["number"]),
  MessageBody: object({
    content: text("The text"),
    type: text("AUTO, where the encoding is to be chosen by the text; BINARY, where the content is hexadecimal digits"),
  }),
};

const rich = {
  RichContent: object({
    conversation: many(one("RichMessage"), "Up to 5, shown in place of the body where the channel can"),
    suggestions: many(one("Suggestion"), "Up to 11"),
  }),
  RichMessage: object({
    text: text("Alone, or of a card"),
    header: text("Of a card"),
    media: one("Media"),
    carousel: one("Carousel"),
    suggestions: many(one("Suggestion"), "Under this message"),
    template: one("Template"),
    interactive: one("WhatsAppInteractive"),
    location: one("ViewLocation"),
    contacts: many(one("Contact"), "People, by name and number"),
    payment: one("Payment"),
    listPicker: one("ListPicker"),
    oauth2: one("OAuthMessage"),
  }),
  RichCard: object({
    header: text("Its title"),
    text: text("Beneath the title"),
    media: one("Media"),
    suggestions: many(one("Suggestion"), "Its buttons"),
  }),
  Carousel: object({
    cardWidth: { type: "string", enum: ["Small", "Medium"] },
    cards: many(one("RichCard"), "2 to 10 cards"),
  }),
  Media: object({
    mediaName: text("Its name"),
    mediaUri: text("Where it lies"),
    mimeType: text("Like image/jpeg"),
  }),
  Suggestion: object({
    action: text("OpenUrl, CreateCalendarEvent, Dial, ViewLocation or Reply"),
    label: text("The text of the button"),
    postbackdata: text("Sent back in place of the label"),
    url: text("Of OpenUrl"),
    calendar: one("Calendar"),
    dial: one("Dial"),
    viewLocation: one("ViewLocation"),
    shareLocation: one("ShareLocation"),
    calendarPicker: one("CalendarPicker"),
    payment: one("Payment"),
    media: one("Media"),
  }),
  Calendar: object({
    startTime: text("When it begins"),
    endTime: text("When it ends"),
    title: text("The title of the event"),
    description: text("More about it"),
  }),
  CalendarPicker: object({ options: many(one("Calendar"), "The times to choose from") }),
  Dial: object({ phoneNumber: text("With + and its country code") }),
  ViewLocation: object({
    latitude: decimal("Degrees"),
    longitude: decimal("Degrees"),
    label: text("The text at the pin"),
    searchQuery: text("In place of degrees"),
    radius: decimal("Around the pin"),
  }),
  ShareLocation: object({ requestLocation: yes("Whether the person is asked where they are") }),
  ListPicker: object({
    label: text("The heading of the list"),
    media: one("Media"),
    options: many(one("ListItem"), "The choices"),
  }),
  ListItem: object({ label: text("Its text"), media: one("Media") }),
  OAuthMessage: object({
    responseType: text("As in OAuth 2"),
    state: text("As in OAuth 2"),
    responseEncryptionKey: text("The key that encrypts the answer"),
    clientSecret: text("As in OAuth 2"),
    scope: many(text("One of them"), "As in OAuth 2"),
  }),
  Payment: object({
    merchantName: text("The merchant"),
    description: text("The purpose of the payment"),
    orderReference: text("The customer's own"),
    lineItems: many(one("LineItem"), "The parts of the total"),
    total: decimal("The amount to be paid"),
    currencyCode: text("Like EUR"),
    recipientCountryCode: text("Like NL"),
    languageCountryCode: text("Like nl"),
    recipientEmail: text("The address that is notified"),
    billingAddressRequired: yes("Whether it must be given"),
    shippingContactRequired: yes("Whether it must be given"),
  }),
  LineItem: object({ label: text("Its name"), type: text("Like final"), amount: decimal("Its price") }),
};

const whatsApp = {
  Template: object({ whatsapp: one("WhatsappTemplate") }),
  WhatsappTemplate: object({
    namespace: text("Whose template it is"),
    element_name: text("Which it is"),
    language: one("Language"),
    localizable_params: many(one("LocalizableParam"), "Its parameters, in their older form"),
    components: many(one("Component"), "Its parameters"),
  }),
  Language: object({ code: text("Like en or en_US"), policy: text("deterministic or fallback") }),
  LocalizableParam: object({ default: text("Where nothing else fits"), currency: {}, date_time: {} }),
  Component: object({
    type: text("header, body, footer or button"),
    sub_type: text("Of a button: quick_reply or url"),
    index: whole("Of a button: which"),
    parameters: many(one("ComponentParameter"), "In their order"),
  }),
  ComponentParameter: object({
    type: text("text, currency, date_time, image, document, video or payload"),
    text: text("Of a text"),
    payload: text("Of a payload"),
    media: one("Media"),
    image: one("Media"),
    document: one("Media"),
    currency: {},
    date_time: {},
  }),
  WhatsAppInteractive: object({
    type: text("list or button"),
    header: object({ type: text("text, or a kind of media"), text: text("Its text"), media: one("Media") }),
    body: object({ text: text("Its text") }),
    footer: object({ text: text("Its text") }),
    action: one("InteractiveAction"),
  }),
  InteractiveAction: object({
    button: text("Of a list: what opens it"),
    buttons: many(one("InteractiveButton"), "Of buttons"),
    sections: many(one("InteractiveSection"), "Of a list"),
  }),
  InteractiveButton: object({ type: text("reply"), reply: object({ id: text("Sent back"), title: text("Shown") }) }),
  InteractiveSection: object({ title: text("Above its rows"), rows: many(one("Row"), "What there is to choose") }),
  Row: object({ id: text("Sent back"), title: text("Shown"), description: text("More about it") }),
  Contact: object({
    name: one("ContactName"),
    phones: many(object({ phone: text("A number"), type: text("Like CELL") }), "Where to call them"),
    emails: many(object({ email: text("An address"), type: text("Like WORK") }), "Where to write to them"),
    addresses: many(one("ContactAddress"), "Where they are"),
    urls: many(object({ url: text("An address"), type: text("Like WORK") }), "Where to read about them"),
    org: object({ company: text("Where they work"), department: text("In which part"), title: text("As what") }),
    birthday: text("Like 2000-12-31"),
  }),
  ContactName: object({
    formatted_name: text("Whole"),
    first_name: text("Given"),
    middle_name: text("Between"),
    last_name: text("Of the family"),
    name_prefix: text("Before"),
    name_suffix: text("After"),
  }),
  ContactAddress: object({
    street: text("With its number"),
    city: text("Its name"),
    state: text("Short"),
    zip: text("The post's code"),
    country: text("Its name"),
    country_code: text("Two letters"),
    type: text("HOME or WORK"),
  }),
};

const response = {
  MessagesResponse: object(
    {
      details: text("How many were accepted, or the fault of the request"),
      errorCode: whole("0 where all is well, 201 where something is wrong with a message"),
      messages: many(one("MessageResponse"), "One for each recipient, in order"),
    },
    ["details", "errorCode", "messages"],
  ),
  MessageResponse: object(
    {
      to: text("As it was sent"),
      status: { type: "string", enum: ["Accepted", "Rejected"] },
      reference: text("As it was sent; null where there was none"),
      parts: whole("How many it is sent in; 0 where it is not"),
      messageDetails: text("The fault; null for an accepted one"),
      messageErrorCode: whole("0 where nothing is wrong"),
    },
    ["to", "status", "parts", "messageErrorCode"],
  ),
};

export const definitions = { ...request, ...rich, ...whatsApp, ...response };
