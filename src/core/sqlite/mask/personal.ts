/** What a column's name, or what stands in it, says about whom it is about. */

export interface Guess {
  mask: string | { value: string };
  /** False where as much speaks against it as for it. */
  sure: boolean;
}

interface NamedGuess extends Guess {
  name: RegExp;
  /** What such a column is declared as; texts where left out. */
  type?: 'date' | 'number';
}

/** Names as words between underscores: `contact_email2` is one of `email`. */
const words = (list: string) => new RegExp(`(?:^|_)(?:${list})\\d*(?:$|_)`, 'i');
const last = (list: string) => new RegExp(`(?:^|_)(?:${list})\\d*$`, 'i');

const names: NamedGuess[] = [
  { name: last('ip|ip_address|remote_addr|ip_addr'), mask: { value: '127.0.0.1' }, sure: true },
  { name: last('passwords?|passwd|password_hash'), mask: 'unusable-password', sure: true },
  { name: last('emails?|e_mail|mail|mail_address|email_address'), mask: 'email', sure: true },
  { name: last('phone|phone_number|telephone|tel|mobile|cell|fax|whatsapp'), mask: 'phone', sure: true },
  {
    name: last(
      'first_?names?|last_?names?|fore_?names?|sur_?names?|family_?names?|given_?names?|middle_?names?|full_?names?|maiden_?name|nick_?name|contact_name|person_name|display_name|author_name',
    ),
    mask: 'name',
    sure: true,
  },
  { name: last('username|user_name|login|login_name|screen_name'), mask: 'text', sure: true },
  { name: words('birth|birthday|birthdate|dob|born|death'), mask: 'date', type: 'date', sure: true },
  { name: words('birth|birthday|birthdate|dob|born'), mask: 'date', sure: true },
  {
    name: words('street|address|address_line|postcode|post_code|postal|zip|zipcode|zip_code'),
    mask: 'text',
    sure: true,
  },
  {
    name: last('home_city|city|town|village|affiliation|employer|institution|department'),
    mask: 'text',
    sure: false,
  },
  { name: last('lat|lon|lng|latitude|longitude'), mask: 'number', type: 'number', sure: false },
  {
    name: words(
      'iban|bic|account_number|card_number|credit_card|ssn|passport|tax_id|vat|national_id|insurance_number',
    ),
    mask: 'text',
    sure: true,
  },
  {
    name: last('(?:\\w+_)?(?:token|secret|api_?key|private_key|session_key|otp|totp)'),
    mask: 'text',
    sure: true,
  },
  {
    name: last(
      'twitter|github|gitlab|bitbucket|linkedin|facebook|instagram|mastodon|mastodon_username|bluesky|orcid|skype|telegram|google_scholar',
    ),
    mask: 'text',
    sure: true,
  },
  {
    name: last('website|homepage|website_feed|personal_url|blog_url|institutional_website'),
    mask: 'text',
    sure: true,
  },
  { name: last('salary|income|wage'), mask: 'number', type: 'number', sure: true },
  {
    name: last('notes?|notes_\\w+|comments?|remarks?|bio|biography|about|about_me'),
    mask: 'text',
    sure: false,
  },
];

/** What `name` alone means in tables of people. */
const people =
  /(?:^|_)(?:persons?|people|customers?|clients?|contacts?|members?|employees?|patients?|students?|authors?|applicants?|claimants?|users?|profiles?|subscribers?|donors?|guests?)$/i;

export function guessByName(table: string, column: string, type: string): Guess | undefined {
  const isTime = /date|time/i.test(type);
  const isNumber = /int|real|floa|doub|dec|num/i.test(type);
  const kind = isTime ? 'date' : isNumber ? 'number' : undefined;
  if (/bool/i.test(type)) return undefined;
  const found = names.find(({ name, type: wanted }) => wanted === kind && name.test(snake(column)));
  if (found) return { mask: found.mask, sure: found.sure };
  const isName = kind === undefined && /^name$/i.test(column) && people.test(snake(table));
  return isName ? { mask: 'name', sure: true } : undefined;
}

/** `firstName` as `first_Name`. */
function snake(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2');
}

const shapes: { shape: RegExp; mask: Guess['mask'] }[] = [
  { shape: /^[^\s@]+@[^\s@]+\.[a-z]{2,}$/i, mask: 'email' },
  { shape: /^(?:\+|00?)[1-9][\d ()/.-]{6,18}$/, mask: 'phone' },
  { shape: /^(?:\d{1,3}\.){3}\d{1,3}$/, mask: { value: '127.0.0.1' } },
  { shape: /^[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?$/, mask: 'text' },
  { shape: /^(?:pbkdf2_sha|argon2|bcrypt|scrypt|sha1\$|md5\$|\$2[aby]\$)/, mask: 'unusable-password' },
];

/** What most of a column's values look like. */
export function guessByValues(values: string[]): Guess | undefined {
  if (values.length === 0) return undefined;
  const found = shapes.find(
    ({ shape }) => values.filter((one) => shape.test(one)).length > values.length * 0.6,
  );
  return found ? { mask: found.mask, sure: values.length > 2 } : undefined;
}

/** Tables of Django and its usual companions whose columns tell nothing by their names. */
const django: Record<string, Guess['mask']> = {
  'auth_user.username': 'text',
  'auth_user.password': 'unusable-password',
  'auth_user.email': 'email',
  'auth_user.first_name': 'name',
  'auth_user.last_name': 'name',
  'django_session.session_key': 'text',
  'django_session.session_data': { value: '' },
  'django_admin_log.object_repr': 'text',
  'django_admin_log.change_message': { value: '' },
  'authtoken_token.key': 'text',
  'social_auth_usersocialauth.uid': 'text',
  'social_auth_usersocialauth.extra_data': { value: '{}' },
  'social_auth_partial.data': { value: '{}' },
  'social_auth_association.secret': 'text',
  'account_emailaddress.email': 'email',
  'account_emailconfirmation.key': 'text',
  'socialaccount_socialaccount.uid': 'text',
  'socialaccount_socialaccount.extra_data': { value: '{}' },
  'oauth2_provider_application.client_secret': 'text',
};

export function knownToDjango(table: string, column: string): Guess | undefined {
  const mask = django[`${table}.${column}`.toLowerCase()];
  return mask === undefined ? undefined : { mask, sure: true };
}
