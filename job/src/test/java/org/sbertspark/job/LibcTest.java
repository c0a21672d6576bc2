package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.sbertspark.job.Libc.Kind;

class LibcTest {
  @Test
  void getconfTellsGlibc() {
    assertThat(Libc.parse("glibc 2.35\n")).isEqualTo(new Libc(Kind.GLIBC, 2, 35));
  }

  @Test
  void lddTellsGlibcWhateverTheDistributionPutsBetween() {
    assertThat(Libc.parse("ldd (Ubuntu GLIBC 2.31-0ubuntu9.16) 2.31\nCopyright (C) 2020 …"))
        .isEqualTo(new Libc(Kind.GLIBC, 2, 31));
    assertThat(Libc.parse("ldd (GNU libc) 2.28\n")).isEqualTo(new Libc(Kind.GLIBC, 2, 28));
  }

  @Test
  void lddTellsMusl() {
    assertThat(Libc.parse("musl libc (x86_64)\nVersion 1.2.4\nDynamic Program Loader\n"))
        .isEqualTo(new Libc(Kind.MUSL, 1, 2));
    assertThat(Libc.parse("musl libc (x86_64)")).hasToString("musl");
  }

  @Test
  void anythingElseIsUnknown() {
    assertThat(Libc.parse("").kind()).isEqualTo(Kind.UNKNOWN);
    assertThat(Libc.parse("getconf: Unrecognized variable `GNU_LIBC_VERSION'").kind())
        .isEqualTo(Kind.UNKNOWN);
  }

  @Test
  void versionsAreComparedAsNumbers() {
    assertThat(new Libc(Kind.GLIBC, 2, 9).isAtLeast(2, 34)).isFalse();
    assertThat(new Libc(Kind.GLIBC, 2, 34).isAtLeast(2, 34)).isTrue();
    assertThat(new Libc(Kind.GLIBC, 3, 0).isAtLeast(2, 34)).isTrue();
  }
}
