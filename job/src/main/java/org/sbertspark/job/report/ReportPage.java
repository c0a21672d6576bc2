package org.sbertspark.job.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.sbertspark.model.Sha256;

/**
 * Pages in one file that need no network: style, data, script and Chart.js are inside.
 *
 * <p>No text of the data can become markup or code, for three reasons, each enough by itself: the
 * data are JSON without any of {@code < > &}; the script makes text nodes only; and the page's
 * Content-Security-Policy runs no scripts but the two whose hashes it names, and loads nothing.
 */
public enum ReportPage {
  CLUSTERS("report"),
  TRAINING("training");

  private static final String CHART_JS =
      "/META-INF/resources/webjars/chart.js/%s/dist/chart.umd.min.js";

  private static final ObjectMapper JSON = new ObjectMapper(safeInHtml());

  /** Of the page's own HTML and script. */
  private final String name;

  ReportPage(String name) {
    this.name = name;
  }

  /**
   * Writes the page.
   *
   * @param data what the page's script reads
   * @param chartJs the version of Chart.js that is on the class path
   */
  public void write(JsonNode data, String chartJs, Writer out) throws IOException {
    String library = inScript(resource(CHART_JS.formatted(chartJs)));
    String script = inScript(resource(name + ".js"));
    String[] template = resource(name + ".html").split("\\{\\{[a-z]+}}", -1);
    String[] values = {
      "%s %s".formatted(hash(library), hash(script)),
      resource("report.css"),
      json(data),
      library,
      script
    };
    if (template.length != values.length + 1) {
      throw new IllegalStateException(
          "%s.html has %d places, expected %d".formatted(name, template.length - 1, values.length));
    }
    for (int i = 0; i < values.length; i++) {
      out.write(template[i]);
      out.write(values[i]);
    }
    out.write(template[values.length]);
  }

  private static String json(JsonNode data) {
    try {
      return JSON.writeValueAsString(data);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree is always JSON", e);
    }
  }

  /** Neither ends the script element that it stands in nor is a line end to old engines. */
  private static JsonFactory safeInHtml() {
    int[] escapes = CharacterEscapes.standardAsciiEscapesForJSON();
    for (char c : new char[] {'<', '>', '&'}) {
      escapes[c] = CharacterEscapes.ESCAPE_STANDARD;
    }
    return new JsonFactory().setCharacterEscapes(new HtmlEscapes(escapes));
  }

  private static final class HtmlEscapes extends CharacterEscapes {
    private final int[] ascii;

    HtmlEscapes(int[] ascii) {
      this.ascii = ascii;
    }

    @Override
    public int[] getEscapeCodesForAscii() {
      return ascii.clone();
    }

    @Override
    public SerializableString getEscapeSequence(int c) {
      return c == 0x2028 || c == 0x2029 ? new SerializedString("\\u%04x".formatted(c)) : null;
    }
  }

  private static String inScript(String code) {
    if (code.contains("</script") || code.contains("<!--")) {
      throw new IllegalStateException("a script that would end its own element");
    }
    return code;
  }

  private static String hash(String script) {
    byte[] digest = Sha256.digest().digest(script.getBytes(StandardCharsets.UTF_8));
    return "'sha256-%s'".formatted(Base64.getEncoder().encodeToString(digest));
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = ReportPage.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("no " + name + " on the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
    }
  }
}
