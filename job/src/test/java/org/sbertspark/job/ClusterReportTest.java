package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page that {@code cluster --report} writes, as a file and in a browser. */
class ClusterReportTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern SCRIPT = Pattern.compile("<script>(.*?)</script>", Pattern.DOTALL);

  private static final String SCRIPT_TEXT =
      "</script><script>document.documentElement.dataset.ran = 'script'</script>";
  private static final String IMAGE_TEXT =
      "<img src=x onerror=\"document.documentElement.dataset.ran = 'image'\"> & <!-- so on";
  private static final String LINE_TEXT = "a line\u2028separator, \"quotes\" and \\u003c";

  @TempDir private static Path folder;
  private static Path withTexts;
  private static Path withoutTexts;

  @BeforeAll
  static void writeReports() throws IOException {
    List<String> east = new ArrayList<>(List.of(SCRIPT_TEXT, IMAGE_TEXT, LINE_TEXT));
    for (int i = 0; i < 9; i++) {
      east.add("a usual text number " + i);
    }
    List<String> lines = new ArrayList<>();
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < east.size(); i++) {
      add(lines, ids, east.get(i), "east", 1.0, 0.01 * i);
    }
    for (int i = 0; i < 6; i++) {
      add(lines, ids, "a northern text", "north", 0.005 * i, 1.0);
    }
    add(lines, ids, "rather odd", "north", 0.6, 1.0);
    lines.add("{\"text\": \"without a vector\"}");
    withTexts = report("texts", lines, "--label-col", "label");
    withoutTexts = report("ids", ids);
  }

  private static void add(
      List<String> lines, List<String> ids, String text, String label, double x, double y)
      throws IOException {
    String vector = "[%s, %s]".formatted(x, y);
    ids.add("{\"id\": %d, \"embedding\": %s}".formatted(ids.size(), vector));
    lines.add(
        "{\"text\": %s, \"label\": \"%s\", \"embedding\": %s}"
            .formatted(JSON.writeValueAsString(text), label, vector));
  }

  private static Path report(String name, List<String> lines, String... more) throws IOException {
    Path page = folder.resolve(name + ".html");
    Path input = Files.write(folder.resolve(name + ".jsonl"), lines);
    List<String> arguments = new ArrayList<>(List.of("cluster", "--k", "2"));
    arguments.addAll(List.of("--input", input.toString(), "--report", page.toString()));
    arguments.addAll(List.of("--output", folder.resolve(name).toString()));
    arguments.addAll(List.of(more));
    CommandRun run = CommandRun.of(arguments.toArray(String[]::new)).succeeds();
    assertThat(run.out()).contains("Wrote the report to " + page);
    return page;
  }

  private static JsonNode data(String html) throws IOException {
    Matcher data =
        Pattern.compile("<script type=\"application/json\" id=\"data\">(.*?)</script>")
            .matcher(html);
    assertThat(data.find()).isTrue();
    return JSON.readTree(data.group(1));
  }

  /** The page as a browser shows it. */
  private static String dom(Path page) throws IOException, InterruptedException {
    return HeadlessBrowser.find().open(page, Files.createTempDirectory(folder, "profile"));
  }

  /** The page after a script has looked at it, which the page itself would not let run. */
  private static String dom(Path page, String script) throws IOException, InterruptedException {
    String html =
        Files.readString(page)
            .replaceFirst("<meta http-equiv=[^>]*>", "")
            .replace("</body>", "<script>" + script + "</script></body>");
    return dom(Files.writeString(Files.createTempFile(folder, "looked-at", ".html"), html));
  }

  @Test
  void needsNothingFromElsewhere() throws IOException {
    String html = Files.readString(withTexts);
    assertThat(html)
        .contains("default-src 'none'")
        .doesNotContain("<link", " src=\"", "@import", "url(");
  }

  @Test
  void noTextCanEndTheElementThatItStandsIn() throws IOException {
    String html = Files.readString(withTexts);
    Matcher data =
        Pattern.compile("id=\"data\">(.*)</script>\n<script>", Pattern.DOTALL).matcher(html);
    assertThat(data.find()).isTrue();
    assertThat(html.substring(data.start(1), html.indexOf("</script>", data.start(1))))
        .doesNotContain("<", ">", "&", "\u2028", "\u2029");
    assertThat(data(html).get("map").get("shown").toString())
        .contains("<img src=x", "</script><script>");
  }

  @Test
  void onlyItsOwnScriptsMayRun() throws Exception {
    String html = Files.readString(withTexts);
    Matcher script = SCRIPT.matcher(html);
    int scripts = 0;
    while (script.find()) {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(script.group(1).getBytes(StandardCharsets.UTF_8));
      assertThat(html).contains("'sha256-" + Base64.getEncoder().encodeToString(hash) + "'");
      scripts++;
    }
    assertThat(scripts).isEqualTo(2);
  }

  @Test
  void hasSizesTermsExemplarsOutliersAndAgreement() throws IOException {
    JsonNode data = data(Files.readString(withTexts));
    assertThat(data.get("title").asText()).isEqualTo("texts");
    assertThat(data.get("rows").asInt()).isEqualTo(20);
    assertThat(data.get("clustered").asInt()).isEqualTo(19);
    assertThat(data.get("nulls").asInt()).isEqualTo(1);
    assertThat(data.get("agreement").get("vMeasure").asDouble()).isCloseTo(1, within(1e-9));
    JsonNode north = data.get("clusters").get(1);
    assertThat(north.get("rows").asInt()).isEqualTo(7);
    assertThat(north.get("name").asText()).startsWith("northern");
    assertThat(north.get("silhouette").asDouble()).isBetween(0.5, 1.0);
    assertThat(north.get("exemplars")).hasSize(5).allMatch(t -> t.asText().contains("northern"));
    assertThat(data.get("outliers").get(0).get("shown").asText()).isEqualTo("rather odd");
    assertThat(data.get("map").get("x")).hasSize(19);
  }

  @Test
  void rowsWithoutTextAreShownByTheirOtherColumns() throws IOException {
    JsonNode data = data(Files.readString(withoutTexts));
    assertThat(data.get("hasTexts").asBoolean()).isFalse();
    assertThat(data.get("clusters").get(0).get("name").asText()).isEmpty();
    assertThat(data.get("map").get("shown")).extracting(JsonNode::asText).contains("{\"id\":7}");
  }

  @Test
  void aScriptTagInATextStaysAText() throws Exception {
    String dom = dom(withTexts);
    assertThat(dom)
        .contains("<title>Clusters of texts</title>", "19 of the 19 rows on the map")
        .contains("&lt;/script&gt;&lt;script&gt;document", "&lt;img src=x onerror")
        .doesNotContain("data-ran=", "<img");
  }

  @Test
  void evenWithoutItsPolicyNoTextRuns() throws Exception {
    assertThat(dom(withTexts, "document.documentElement.dataset.looked = 'yes'"))
        .contains("data-looked=\"yes\"")
        .doesNotContain("data-ran=", "<img");
  }

  @Test
  void pointsAreDrawnInTheColoursOfTheirClusters() throws Exception {
    String dom =
        dom(
            withTexts,
            """
            const canvas = document.getElementById("canvas");
            const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
            const count = (red, green, blue) => {
              let found = 0;
              for (let i = 0; i < pixels.length; i += 4) {
                found += pixels[i] === red && pixels[i + 1] === green && pixels[i + 2] === blue;
              }
              return found;
            };
            const seen = document.documentElement.dataset;
            seen.first = count(0x44, 0x77, 0xaa) > 50;
            seen.second = count(0xee, 0x66, 0x77) > 50;
            document.querySelector("#legend button").click();
            """);
    assertThat(dom).contains("data-first=\"true\"", "data-second=\"true\"");
    // The legend's button has chosen the cluster of 12 rows for the table too.
    assertThat(dom).contains("12 of the 19 rows on the map", "aria-pressed=\"true\"");
  }

  @Test
  void hoveringShowsTheText() throws Exception {
    String dom =
        dom(
            withTexts,
            """
            const canvas = document.getElementById("canvas");
            const chart = Chart.getChart(canvas);
            const box = canvas.getBoundingClientRect();
            const at = chart.getDatasetMeta(1).data[6];
            canvas.dispatchEvent(new PointerEvent("pointermove", {
              pointerType: "mouse", clientX: box.left + at.x, clientY: box.top + at.y }));
            """);
    assertThat(dom)
        .containsPattern("<div id=\"tip\" role=\"status\" style=[^>]*><div>rather odd</div>");
  }

  @Test
  void theTableSortsAndFilters() throws Exception {
    String sort =
        """
        const head = [...document.querySelectorAll("#rows th button")].at(-1);
        head.click();
        const first = document.querySelector("#rows tbody td");
        document.documentElement.dataset.most = first.textContent;
        const search = document.getElementById("search");
        search.value = "NORTH usual";
        search.dispatchEvent(new Event("input"));
        document.documentElement.dataset.none = document.getElementById("rows-note").textContent;
        search.value = "Usual 3";
        search.dispatchEvent(new Event("input"));
        """;
    assertThat(dom(withTexts, sort))
        .contains("data-most=\"rather odd\"", "data-none=\"0 of the 19 rows on the map.\"")
        .contains("1 of the 19 rows on the map", "aria-sort=\"descending\"");
  }

  @Test
  void aReportWithoutTextsOpensToo() throws Exception {
    assertThat(dom(withoutTexts)).contains("{\"id\":7}", "19 of the 19 rows on the map");
  }

  @Test
  void aFileThatIsThereIsReplacedOnlyIfThatWasSaid() throws IOException {
    Path page = Files.writeString(folder.resolve("mine.html"), "mine");
    Path output = folder.resolve("refused");
    String[] arguments = {
      "cluster",
      "--k",
      "2",
      "--input",
      folder.resolve("ids.jsonl").toString(),
      "--output",
      output.toString(),
      "--report",
      page.toString()
    };
    assertThat(CommandRun.of(arguments).failsInOneLine())
        .contains("Cannot write the report to " + page + ": it exists");
    assertThat(page).hasContent("mine");
    assertThat(output).doesNotExist();
  }

  @Test
  void aReportInsideOfTheOutputIsRefused() {
    Path output = folder.resolve("around");
    assertThat(
            CommandRun.of(
                    "cluster",
                    "--k",
                    "2",
                    "--input",
                    folder.resolve("ids.jsonl").toString(),
                    "--output",
                    output.toString(),
                    "--report",
                    output.resolve("report.html").toString())
                .failsInOneLine())
        .contains("it lies in the output");
  }
}
