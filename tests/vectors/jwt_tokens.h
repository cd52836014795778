/* vectors/jwt_tokens.h -- JWTs and keys as Node's crypto makes them; by jwt_tokens.mjs. */
#pragma once

#define JWT_NOW_S 1700000000u /* iat; sub is "42"; they last an hour */

#define PEM_RSA                                                                                    \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA6K+gmA5tj5PDljIN1g+G\n"                           \
    "D4mXa9MgKxBQlMIUJ815BYfN3p4sqB2EShJ1rTOriEr/qelIOmia2NTEBEG3PDbx\n"                           \
    "aQ8YTjUyqc7HM/p95hnoDNXkUl45fexhhEzH7tAgRCJVyL/Yb35wQ+tJ323Irbry\n"                           \
    "aZ4iRR01aySY3W/c76fdjNHZLGMpuqPFgMrr+mm4Zx2DlKm3J50/4BnPBUx+EA1i\n"                           \
    "VAugD5FirM/fnkCr5+NsCHzNRxtGYVGE8IdwwxaKwIId702kUemNg6vlLh1ZjW44\n"                           \
    "si7l9DiQE3FdxCnhH43OEhYAbOd22YxnWd8Z9I3Gr5u3qGYXPIKnIz7tZPoTgdPx\n"                           \
    "IwIDAQAB\n"                                                                                   \
    "-----END PUBLIC KEY-----\n"

#define PEM_RSA_1024                                                                               \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDOkEU4xWuZorCxtkr62yIy7uQ+\n"                           \
    "rV3ry1PdGAqxtjc4L4tDagbSf4693jNseo6NV3S4qr1/9PujIlQJBRJRNr9Fsucr\n"                           \
    "bF25xGyBtJa9rsGqMGyyoN70HBRuQtlDEk3nMYIXxTTHWVGNvJDkkWMroTrP81yV\n"                           \
    "ZagisLawHHVvMjqf2QIDAQAB\n"                                                                   \
    "-----END PUBLIC KEY-----\n"

#define PEM_RSA_PSS                                                                                \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MIIBIDALBgkqhkiG9w0BAQoDggEPADCCAQoCggEBAKXQU3f11b1YqBSapNWUmYgR\n"                           \
    "IeeEcFiIGlYC9cTRt8PaeoW34U3Oj4LQ2VAC3JNsqLeXKA8dqQDI+fPrlEzL0Zzz\n"                           \
    "U8VdKrqISpCi9mRwddhNSlAEiw5MaP3tA4VKwcvUsIbauKWNj/CwK+xlIRs4N8sH\n"                           \
    "VkCrDecbIH+2xFaY/RUis0J02smYqLS/X3TtCAQTM7NYBzky2R81iIvG+cOwY+wu\n"                           \
    "8G50EGM4cxYGV8ZcRCMQebAtpgmXIKVYO0OXHLTz7yS81W9XD82DgCIsjj4Co/CP\n"                           \
    "QCB7m2dka0aKXQ2aun9mQ2QbPPQ5xco9x+WGJF40KzOSne4vF/ETeYuXafBEfDMC\n"                           \
    "AwEAAQ==\n"                                                                                   \
    "-----END PUBLIC KEY-----\n"

#define PEM_RSA_EXPONENT_ONE                                                                       \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MIIBIDANBgkqhkiG9w0BAQEFAAOCAQ0AMIIBCAKCAQEA6K+gmA5tj5PDljIN1g+G\n"                           \
    "D4mXa9MgKxBQlMIUJ815BYfN3p4sqB2EShJ1rTOriEr/qelIOmia2NTEBEG3PDbx\n"                           \
    "aQ8YTjUyqc7HM/p95hnoDNXkUl45fexhhEzH7tAgRCJVyL/Yb35wQ+tJ323Irbry\n"                           \
    "aZ4iRR01aySY3W/c76fdjNHZLGMpuqPFgMrr+mm4Zx2DlKm3J50/4BnPBUx+EA1i\n"                           \
    "VAugD5FirM/fnkCr5+NsCHzNRxtGYVGE8IdwwxaKwIId702kUemNg6vlLh1ZjW44\n"                           \
    "si7l9DiQE3FdxCnhH43OEhYAbOd22YxnWd8Z9I3Gr5u3qGYXPIKnIz7tZPoTgdPx\n"                           \
    "IwIBAQ==\n"                                                                                   \
    "-----END PUBLIC KEY-----\n"

#define PEM_RSA_PKCS1                                                                              \
    "-----BEGIN RSA PUBLIC KEY-----\n"                                                             \
    "MIIBCgKCAQEA6K+gmA5tj5PDljIN1g+GD4mXa9MgKxBQlMIUJ815BYfN3p4sqB2E\n"                           \
    "ShJ1rTOriEr/qelIOmia2NTEBEG3PDbxaQ8YTjUyqc7HM/p95hnoDNXkUl45fexh\n"                           \
    "hEzH7tAgRCJVyL/Yb35wQ+tJ323IrbryaZ4iRR01aySY3W/c76fdjNHZLGMpuqPF\n"                           \
    "gMrr+mm4Zx2DlKm3J50/4BnPBUx+EA1iVAugD5FirM/fnkCr5+NsCHzNRxtGYVGE\n"                           \
    "8IdwwxaKwIId702kUemNg6vlLh1ZjW44si7l9DiQE3FdxCnhH43OEhYAbOd22Yxn\n"                           \
    "Wd8Z9I3Gr5u3qGYXPIKnIz7tZPoTgdPxIwIDAQAB\n"                                                   \
    "-----END RSA PUBLIC KEY-----\n"

#define PEM_EC                                                                                     \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEU7fDac/dVXXivUMEQxW2Bv0sofzC\n"                           \
    "T7KkAwaLS4zEAy8oAMgSZ522bhUPfRTg8rDf1lPn/kmrUwXrNgksxPMbvg==\n"                               \
    "-----END PUBLIC KEY-----\n"

#define PEM_EC_OTHER                                                                               \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEnTNxkgigqXNUOVez36E9iKmZVL0w\n"                           \
    "AhTv6tsHDCu3KTOGbXBDuwQICrQqEBiNaLccvoGtEHGmlLl0fcVBY18NZw==\n"                               \
    "-----END PUBLIC KEY-----\n"

#define PEM_EC_P384                                                                                \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEy2MN86Jei4/p29jJDWu3wR0UBw/1KxeR\n"                           \
    "eEAeHMaeqU0M7vmmt9oYslZI1PLA3Rolri9PoDKQXa9GEqVGDGO9fLV7Nce/cvO0\n"                           \
    "NDdhDLOFF3QC6mmuTPeuWiwIKbvDyOYi\n"                                                           \
    "-----END PUBLIC KEY-----\n"

#define PEM_EC_SECP256K1                                                                           \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEWgPotZjGoZoqFmdQrwwsuPi7FpWDXEeZ\n"                           \
    "Aw029eK03hr0LcIDS3YgJmIpUmJ94IGB8mnPE+So37mHzJYzqLzixg==\n"                                   \
    "-----END PUBLIC KEY-----\n"

#define PEM_ED25519                                                                                \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MCowBQYDK2VwAyEAtQXXBYipMZkDGUBESXMQH/GCZRk3CMjRiQqh7wn+yH4=\n"                               \
    "-----END PUBLIC KEY-----\n"

#define PEM_ED448                                                                                  \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MEMwBQYDK2VxAzoAVM0t7j9TEg9gJ/+fxvhORu5etcF/x79d1znk3R9tVVmS2GxN\n"                           \
    "k2+2C1VXSF/a9MDfrnUYOHtPMpQA\n"                                                               \
    "-----END PUBLIC KEY-----\n"

#define PEM_X25519                                                                                 \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MCowBQYDK2VuAyEAoXjqUZXHueQHumxK0V2dxE+kiNQVdEHF9IysGd0++Gg=\n"                               \
    "-----END PUBLIC KEY-----\n"

#define PEM_RFC7515_A2                                                                             \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofgWCuLjybRlzo0tZWJj\n"                           \
    "NiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEz\n"                           \
    "P1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo\n"                           \
    "9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTB\n"                           \
    "EMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxX\n"                           \
    "FvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXp\n"                           \
    "oQIDAQAB\n"                                                                                   \
    "-----END PUBLIC KEY-----\n"

#define PEM_RFC7515_A3                                                                             \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n"                           \
    "6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n"                               \
    "-----END PUBLIC KEY-----\n"

#define PEM_RFC8037_A4                                                                             \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"                               \
    "-----END PUBLIC KEY-----\n"

#define JWT_RS256                                                                                  \
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9."                                                        \
    "eyJzdWIiOiI0MiIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAzNjAwfQ."                              \
    "CJwaWuODR2K5p4e8uma9J057ngcmoclaxmgyN2tpnLuktBpNIhwdOBrlQsM6F9om6HgtcXli9glkmAM8oiZjsvXIOoaV" \
    "GbjlC0wSYL28X9MBE4gg51RoYtMSdY_mPgWYwdcvXluRyO2ukJ2qxFVmEvDZxt8NQW8-"                         \
    "H6n6XzHSCcrmg5aSkmcpxHYEvP7gVzCRS2yY_KFnaTvztmZ__aeRK-nDij6ffSl6w7ME3eYlIUfgCqz3vhzYH1Mu-"    \
    "SCpV9pFE6GBDQv-JhEpMJ0wOSOPmp-hAezCznFO4PN1qU1qvOdgT3jTTc6KSWdFnHXVJmbe-"                     \
    "bdh43euRVLTvwNAEeuKxA"

#define JWT_ES256                                                                                  \
    "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9."                                                        \
    "eyJzdWIiOiI0MiIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAzNjAwfQ.6hZuIDZb-g-"                   \
    "INYDQLBeR7heIxTdkXroHzlQK8HyooL9viC5jp2zCP46m66IYOk33733GJNE0ywUt9AFlVg3LLA"

#define JWT_EDDSA                                                                                  \
    "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9."                                                        \
    "eyJzdWIiOiI0MiIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAzNjAwfQ.jkFGEhRCxWvjxiDKEXW-0-"        \
    "6DWidDZVO7ntZH6bJiNZNNGa3yFyGI6IlGVocdxkoyiphZ391npqly5qm1u2mSCQ"

#define JWT_RS256_KID                                                                              \
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0."                                         \
    "eyJzdWIiOiI0MiIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAzNjAwfQ.RO0Cw3jCMf-"                   \
    "fWrMnmBgPPtvxyStokdOvKXcQaWAhuGyaCiWhFRdPlByAwkvUkkg6s07gzn5nm7fVnkY4T8zjZWmvKiFxrlCzZpGshgw" \
    "q4x7gHjLizsFBiypWPbfDyybtWHqa0BkU3ij7_"                                                       \
    "dCcRvwlXET190Eq9ZZ5oGe11rO19vlSbUhUx1rYfuo8ydinSKnSdqrAwGQKuLMKdNTqoQCPy_"                    \
    "vMl5BJpfVlGvsvr1DcLYdZIBGhTfnP-CqklOl_"                                                       \
    "3bHfXd28Pw9TJwi0Oi0DwT1mXECTuGEAZAVfewh4iLKyMem4rNmTRw125c9Rti5uQg8fvpCP4D0yZEqXzd8WdfqKUg"

#define JWT_ES256_OTHER                                                                            \
    "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9."                                                        \
    "eyJzdWIiOiI0MiIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAzNjAwfQ.96WKtXbuBWnBcV7fravAbHVSP-"    \
    "DlPhcHuRq01-5xHP_Mc-3vLSNL4waX9Kh1yFjpHhiryTqP8BJ-FJLVh295ew"

#define JWT_HS256_BY_RSA_PEM                                                                       \
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."                                                        \
    "eyJzdWIiOiI0MiIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAzNjAwfQ.aHGLrvgCcGSY3RHF6T-"           \
    "vrryHUQk4YqCT5BM8mjnYP-w"

#define JWT_RS256_AS_ES256                                                                         \
    "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9."                                                        \
    "eyJzdWIiOiI0MiIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAzNjAwfQ.KrwfNR8C3NOoXaN9LDoxQ8GGVMe-"  \
    "ZX8ZpsJuLXH5yoMABWp_xJAU-vOGqzISuIgyrp44mg0XcnB_7QAHtYi-"                                     \
    "gGeHLaz0pAtuRMDLt5w7ywiC0wFoiUI522zg5uZovCS2ef3munkB6eE13M2gbNc-duu5NuPRtGq_"                 \
    "uhnAHjFUY8tj1jjBUZa0GUtrAtJm-TB249RVZjHcoD5Viyz0XXxvR0jCtMbT-"                                \
    "jCmqDv4RPRLfRaiD1Idj8ltYW89bOwADs1KOjWBQZHdaKDft4uPM59ZUL-"                                   \
    "2Ocg30M0LVz84c9QYDC1Gi9zGJaI5igqvqR4_bk_-3FI8TO4CxEF-VwIgjy8yYQ"

#define JWT_ES256_DER                                                                              \
    "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9."                                                        \
    "eyJzdWIiOiI0MiIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAzNjAwfQ.MEUCIQCB-"                     \
    "igCQUd70TOjja57104dXTTfNU2Ur3-1dSrMfYm7EwIgNIihVdbh_dZ-8fOL5vK_LkDX5DdCH6OGHhkD5Fl68Fk"

#define JWT_RS512_BY_RSA                                                                           \
    "eyJhbGciOiJSUzUxMiIsInR5cCI6IkpXVCJ9."                                                        \
    "eyJzdWIiOiI0MiIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAzNjAwfQ.DlM0L6UgCrF9ylCXD8SIaSGhau_"   \
    "89NpX1yb_17MU8TJ6MIi-2OF7sTRaREpIZ6cTWwQ92kUz6ws0U8P-"                                        \
    "tTFDg3b39sL3LqF8Iq8aNvekJILLt0NuvH1XgpiLb9hCoSES-"                                            \
    "KESoVYGpw0AagnYmYq9Ofjqqz9rabwRfVwrfiIfQJn4ssNFHiUjzDMxCDAAsXKiIyFeVjxE8uMtWlZBYTj1hSZRmZsvb" \
    "OnSVTLhDFvnQAfLBuvPBhNMqBWFdyietg8K7-qmrxh7c6OYfQVE_oObfRLNfU5uIi690UWmYowl8_6eRUMKMPA_7eND-" \
    "JKY9dqcTDSP94IOEsX3dYMYIoJFSA"

#define JWT_PS256_BY_RSA                                                                           \
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9."                                                        \
    "eyJzdWIiOiI0MiIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAzNjAwfQ.58PcmWN_"                      \
    "gFKYVtez9QVMWxjqC1w2hl_"                                                                      \
    "G6qq02kIyAHXu7Ee7YLYEGyHh4XU6m2DcxiBVBL2MFxCZTehfpgv3uaGB0LcQI6XxFd8URF15acBfquw1ZTcTGLne4oT" \
    "az1RxjpB7u17iVagT1VGhU8R0zT1JSzg-acufWf-C20rjQD8MmqaBNxw7GXpmexa-MycmHE-"                     \
    "q18zthVgl241atBLNrVLRScwO05GLOPPLE8P2lIZaEyzZzA45vEZ6iG9I0w56h3FX8ErzJc_"                     \
    "6lukXxp5GTpEI5bzCCaErFV7pvVEc39Ao6Hq7kXiuypIwFZ3OlERo6QRfm0r5xS6tRlQxzkwpzw"

#define JWT_RFC7515_A1                                                                             \
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."                                                    \
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl" \
    "fQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

#define JWT_RFC7515_A1_KEY                                                                         \
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"

#define JWT_RFC7515_A2                                                                             \
    "eyJhbGciOiJSUzI1NiJ9."                                                                        \
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl" \
    "fQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"     \
    "O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_"                                    \
    "nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-"    \
    "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0i" \
    "gcN_IoypGlUPQGe77Rw"

#define JWT_RFC7515_A3                                                                             \
    "eyJhbGciOiJFUzI1NiJ9."                                                                        \
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl" \
    "fQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"

#define JWT_RFC8037_A4                                                                             \
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-"        \
    "09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
