package org.sbertspark.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;

/** What the shipped jar holds, against the jars of the Spark home that it runs on. */
class ShadedJarIT {
  /** A jar's name: artifact, version, perhaps a classifier. */
  private static final Pattern VERSION =
      Pattern.compile("^(.*?)-\\d[^-]*(-[a-zA-Z][\\w-]*)?\\.jar$");

  private static Set<String> entries(Path jar) {
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      return zip.stream().map(ZipEntry::getName).collect(Collectors.toSet());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Set<String> classes(Path jar) {
    return entries(jar).stream()
        .filter(name -> name.endsWith(".class") && !name.startsWith("META-INF/"))
        .collect(Collectors.toSet());
  }

  @Test
  void noClassStandsInSparksOwnJarsToo() throws IOException {
    Set<String> twice = new HashSet<>();
    Set<String> ours = classes(Project.jar());
    try (Stream<Path> jars = Files.list(Project.sparkHome().resolve("jars"))) {
      for (Path jar : jars.toList()) {
        Set<String> both = classes(jar);
        both.retainAll(ours);
        both.forEach(name -> twice.add(jar.getFileName() + "!" + name));
      }
    }
    assertThat(ours).isNotEmpty();
    assertThat(twice).isEmpty();
  }

  @Test
  void onlyNamesBoundByJniStandOutsideOfOurPackage() {
    Set<String> roots =
        classes(Project.jar()).stream()
            .map(name -> name.replaceAll("^((?:[^/]+/){1,2}).*", "$1"))
            .collect(Collectors.toSet());
    assertThat(roots).containsExactlyInAnyOrder("org/sbertspark/", "ai/djl/", "com/sun/");
  }

  @Test
  void hasNativesTokenizersAndNotices() {
    assertThat(entries(Project.jar()))
        .contains(
            "META-INF/LICENSE",
            "META-INF/NOTICE",
            "THIRD-PARTY-NOTICES.txt",
            "pytorch/cpu/linux-x86_64/libtorch_cpu.so",
            "jnilib/linux-x86_64/cpu/libdjl_torch.so",
            "jnilib/linux-x86_64/cu128/libdjl_torch.so",
            "native/lib/linux-x86_64/cpu/libtokenizers.so",
            "org/sbertspark/shaded/snakeyaml/Yaml.class");
    assertThat(entries(Project.jar()))
        .as("of the report's charts the one file that is used")
        .filteredOn(name -> name.contains("/webjars/") && !name.endsWith("/"))
        .hasSize(3)
        .anyMatch(name -> name.endsWith("/dist/chart.umd.min.js"))
        .anyMatch(name -> name.contains("/kurkle__color/") && name.endsWith("/LICENSE.md"));
  }

  @Test
  void sparkHomeHasOneVersionOfEachLibrary() throws IOException {
    try (Stream<Path> jars = Files.list(Project.sparkHome().resolve("jars"))) {
      List<String> names =
          jars.map(jar -> VERSION.matcher(jar.getFileName().toString()).replaceAll("$1$2"))
              .sorted()
              .toList();
      assertThat(names).doesNotHaveDuplicates().contains("spark-core_2.12", "spark-mllib_2.12");
    }
  }
}
