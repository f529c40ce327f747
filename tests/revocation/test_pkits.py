"""NIST's PKITS: the revocation lists of sections 4.4, 4.7, 4.14 and 4.15.

PKITS judges whole paths; here each certificate is judged by one list of its issuer.  What PKITS
calls invalid is never called good, but where a delta list alone would tell; where it needs what
this program does not do (other keys of the issuer, indirect lists) the answer is that nobody could
say.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import cryptography_vectors
import pytest

from certhelper.certificate import Certificate
from certhelper.revocation.crl import RevocationList
from certhelper.revocation.issuer import find_issuer
from certhelper.revocation.no_answer import NoAnswerError

FOLDER = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data"
NOW = datetime(2026, 11, 23, tzinfo=UTC)  # the lists hold until 2030

# Certificate, issuer, list (=: called as the issuer), what is said of it.
CASES = """
ValidCertificatePathTest1EE GoodCA = good
RevokedsubCACert GoodCA = revoked
InvalidRevokedEETest3EE GoodCA = revoked
InvalidBadCRLSignatureTest4EE BadCRLSignatureCA = wrong-signature
InvalidBadCRLIssuerNameTest5EE BadCRLIssuerNameCA = not-for-this
InvalidWrongCRLTest6EE WrongCRLCA = not-for-this
ValidTwoCRLsTest7EE TwoCRLsCA TwoCRLsCAGood good
ValidTwoCRLsTest7EE TwoCRLsCA TwoCRLsCABad not-for-this
InvalidUnknownCRLEntryExtensionTest8EE UnknownCRLEntryExtensionCA = revoked
InvalidUnknownCRLExtensionTest9EE UnknownCRLExtensionCA = not-for-this
InvalidUnknownCRLExtensionTest10EE UnknownCRLExtensionCA = not-for-this
InvalidOldCRLnextUpdateTest11EE OldCRLnextUpdateCA = stale
Invalidpre2000CRLnextUpdateTest12EE pre2000CRLnextUpdateCA = stale
ValidGeneralizedTimeCRLnextUpdateTest13EE GeneralizedTimeCRLnextUpdateCA = good
ValidNegativeSerialNumberTest14EE NegativeSerialNumberCA = good
InvalidNegativeSerialNumberTest15EE NegativeSerialNumberCA = not-for-this
ValidLongSerialNumberTest16EE LongSerialNumberCA = good
ValidLongSerialNumberTest17EE LongSerialNumberCA = good
InvalidLongSerialNumberTest18EE LongSerialNumberCA = revoked
InvalidSeparateCertificateandCRLKeysTest20EE \
SeparateCertificateandCRLKeysCertificateSigningCA SeparateCertificateandCRLKeys not-for-this
InvalidkeyUsageCriticalcRLSignFalseTest4EE keyUsageCriticalcRLSignFalseCA = not-for-this
InvalidkeyUsageNotCriticalcRLSignFalseTest5EE keyUsageNotCriticalcRLSignFalseCA = not-for-this
InvalidonlyContainsUserCertsTest11EE onlyContainsUserCertsCA = not-for-this
InvalidonlyContainsCACertsTest12EE onlyContainsCACertsCA = not-for-this
InvalidonlyContainsAttributeCertsTest14EE onlyContainsAttributeCertsCA = not-for-this
InvalidonlySomeReasonsTest15EE onlySomeReasonsCA1 onlySomeReasonsCA1compromise not-for-this
InvaliddistributionPointTest2EE distributionPoint1CA = not-for-this
InvalidIDPwithindirectCRLTest23EE indirectCRLCA1 = not-for-this
InvaliddeltaCRLIndicatorNoBaseTest1EE deltaCRLIndicatorNoBaseCA = not-for-this
ValiddeltaCRLTest2EE deltaCRLCA1 = good
InvaliddeltaCRLTest3EE deltaCRLCA1 = revoked
InvaliddeltaCRLTest3EE deltaCRLCA1 deltaCRLCA1delta not-for-this
"""


def said(name: str, issuer_name: str, list_name: str) -> str:
    certificate = Certificate((FOLDER / "certs" / f"{name}.crt").read_bytes())
    issuer = find_issuer(certificate, [(FOLDER / "certs" / f"{issuer_name}Cert.crt").read_bytes()])
    assert issuer is not None
    octets = (FOLDER / "crls" / f"{list_name}CRL.crl").read_bytes()
    try:
        found = RevocationList(octets, issuer)
        found.window.check(NOW, None)
        return found.answer(certificate, (), NOW).status.value
    except NoAnswerError as error:
        return error.cause


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_pkits(case: str) -> None:
    """As the table says."""
    name, issuer, of_list, expected = case.split()
    assert said(name, issuer, issuer if of_list == "=" else of_list) == expected
