package org.sbertspark.model.hub;

import java.net.http.HttpHeaders;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * When a server that refuses for now wants to be asked again: {@code Retry-After}, in seconds or as
 * a date, else the {@code RateLimit} header of the public hub ({@code "api";r=0;t=55}).
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#field.retry-after">RFC 9110</a>
 * @see <a href="https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/">RateLimit
 *     header fields</a>
 */
final class RetryAfter {
  private static final Pattern SECONDS = Pattern.compile("\\d{1,9}");
  private static final Pattern RATE_LIMIT = Pattern.compile(";\\s*t\\s*=\\s*(\\d{1,9})");

  private RetryAfter() {}

  /** Empty if the server does not say, or nothing that can be understood. */
  static Optional<Duration> of(HttpHeaders headers, Clock clock) {
    Optional<Duration> retryAfter =
        headers.firstValue("Retry-After").flatMap(value -> parse(value.strip(), clock.instant()));
    return retryAfter.isPresent()
        ? retryAfter
        : headers
            .firstValue("RateLimit")
            .map(RATE_LIMIT::matcher)
            .filter(Matcher::find)
            .map(matcher -> Duration.ofSeconds(Long.parseLong(matcher.group(1))));
  }

  private static Optional<Duration> parse(String value, Instant now) {
    if (SECONDS.matcher(value).matches()) {
      return Optional.of(Duration.ofSeconds(Long.parseLong(value)));
    }
    try {
      Instant then = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      return Optional.of(then.isAfter(now) ? Duration.between(now, then) : Duration.ZERO);
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
